"""Grafana's part of kube-prometheus-stack: everything it shows is provisioned, so it keeps no volume.

It asks Prometheus and Alertmanager alone. There is no PostgreSQL data source: each of the database's logins either sees
every tenant's rows or, bound by row-level security, none, and a dashboard's reader is no tenant.
"""

from typing import Any, Final

from contract.names import Namespace
from infra.monitoring.hosts import grafana_host
from infra.monitoring.names import DASHBOARD_LABEL, FOLDER, GRAFANA_ADMIN_SECRET
from infra.monitoring.placement import placement
from infra.operators.amounts import amounts
from infra.stack_settings import StackSettings

LABEL: Final = next(iter(DASHBOARD_LABEL))


def values(settings: StackSettings) -> dict[str, Any]:
    """Values of the chart's dependency ``grafana``."""
    return {
        "admin": {
            "existingSecret": GRAFANA_ADMIN_SECRET,
            "userKey": "admin-user",
            "passwordKey": "admin-password",
        },
        "grafana.ini": ini(grafana_host(settings)),
        "ingress": {"enabled": False},
        "persistence": {"enabled": False},
        "testFramework": {"enabled": False},
        "resources": amounts(("100m", "256Mi"), ("500m", "512Mi")),
        "rbac": {"namespaced": True},
        "sidecar": _sidecars(),
        **placement(settings),
    }


def ini(host: str) -> dict[str, dict[str, Any]]:
    """``grafana.ini``: no anonymous reader, no sign-up, and nothing that calls the internet (its network is closed)."""
    return {
        "server": {"domain": host, "root_url": f"https://{host}"},
        "analytics": {"reporting_enabled": False, "check_for_updates": False, "check_for_plugin_updates": False},
        "news": {"news_feed_enabled": False},
        # The image brings the data sources that it needs; the rest would be downloaded at each start.
        "plugins": {"preinstall_disabled": True, "plugin_admin_enabled": False},
        "security": {"cookie_secure": True, "cookie_samesite": "strict", "disable_gravatar": True},
        "users": {"allow_sign_up": False},
        "auth.anonymous": {"enabled": False},
        # One place for alerts: the rules and Alertmanager.
        "unified_alerting": {"enabled": False},
    }


def _sidecars() -> dict[str, Any]:
    """They read ConfigMaps of their own namespace, so a Role is enough."""
    source = {"searchNamespace": Namespace.MONITORING.value, "resource": "configmap"}
    return {
        "resources": amounts(("20m", "96Mi"), ("100m", "192Mi")),
        "dashboards": {
            "enabled": True,
            "label": LABEL,
            "labelValue": DASHBOARD_LABEL[LABEL],
            "folderAnnotation": next(iter(FOLDER)),
            "provider": {"foldersFromFilesStructure": True, "allowUiUpdates": False},
            **source,
        },
        "datasources": {
            "enabled": True,
            **source,
        },
    }
