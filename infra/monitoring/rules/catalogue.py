"""Every alert of a region, and the PrometheusRules that carry them: one for each theme."""

from collections.abc import Callable
from typing import Any, Final

from infra.monitoring.rules import (
    agents,
    backups,
    cache,
    certificates,
    database,
    entrance,
    logs,
    providers,
    workflows,
)
from infra.monitoring.rules.alert import Alert, Scope

API_VERSION: Final = "monitoring.coreos.com/v1"
KIND: Final = "PrometheusRule"
THEMES: Final[dict[str, Callable[[Scope], tuple[Alert, ...]]]] = {
    "workflows": workflows.alerts,
    "agents": agents.alerts,
    "providers": providers.alerts,
    "entrance": entrance.alerts,
    "database": database.alerts,
    "backups": backups.alerts,
    "cache": cache.alerts,
    "certificates": certificates.alerts,
    "logs": logs.alerts,
}


def all_alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of every theme, in its order."""
    return tuple(alert for theme in THEMES.values() for alert in theme(scope))


def prometheus_rules(scope: Scope) -> dict[str, dict[str, Any]]:
    """Name of the object -> spec; a theme without alerts has none."""
    specs: dict[str, dict[str, Any]] = {}
    for theme, alerts in THEMES.items():
        rules = [alert.rule(scope.settings.monitoring.runbook_base) for alert in alerts(scope)]
        if rules:
            group = {"name": f"mcp-platform-{theme}", "interval": scope.pace.scrape, "rules": rules}
            specs[f"mcp-{theme}"] = {"groups": [group]}
    return specs
