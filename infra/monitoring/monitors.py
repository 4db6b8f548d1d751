"""PodMonitors as data: pods rather than Services, since a replica that serves nobody still has metrics."""

from typing import Any, Final

from infra.monitoring.targets import Target

API_VERSION: Final = "monitoring.coreos.com/v1"
KIND: Final = "PodMonitor"
PATH: Final = "/metrics"


def pod_monitor(target: Target) -> dict[str, Any]:
    """Spec of the PodMonitor of ``target``; its interval is the server's."""
    job = {"targetLabel": "job", "replacement": target.job}
    endpoint: dict[str, Any] = {
        "port": target.port,
        "path": PATH,
        "relabelings": [job, *target.relabelings],
    }
    if target.honor_labels:
        endpoint["honorLabels"] = True
    return {
        "namespaceSelector": {"matchNames": [target.namespace]},
        "selector": target.selector,
        "podMetricsEndpoints": [endpoint],
    }
