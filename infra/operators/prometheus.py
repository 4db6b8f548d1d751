"""Values of kube-prometheus-stack and of the chart with its definitions, which is installed first.

What is scraped and alerted on for the platform are objects of ours (:mod:`infra.components.monitoring`); the chart
brings the operator, the servers, and what it knows of Kubernetes itself.
"""

from typing import Any

from infra.operators import grafana, prometheus_exporters, prometheus_servers
from infra.settings import Settings
from infra.stack_settings import StackSettings


def definitions(_settings: StackSettings) -> dict[str, Any]:
    """Values of prometheus-operator-crds: none of its definitions is left out."""
    return {}


def values(settings: Settings) -> dict[str, Any]:
    """Values of kube-prometheus-stack."""
    return {
        "crds": {"enabled": False},
        "cleanPrometheusOperatorObjectNames": True,
        **prometheus_exporters.values(settings),
        "prometheus": prometheus_servers.prometheus(settings),
        "alertmanager": prometheus_servers.alertmanager(settings),
        "grafana": grafana.values(settings),
    }
