"""Values of kube-prometheus-stack in a monitoring stack: one Prometheus that receives what regions send.

One, since behind one address two would each get half of it; while it restarts, regions keep what they could not send
(two hours' worth) and send it then. Names of values: kube-prometheus-stack 88.5, values.yaml.
"""

from typing import Any, Final

from infra.central.settings import ObservatorySettings
from infra.operators import grafana, prometheus_exporters, prometheus_servers
from infra.operators.amounts import amounts

RESOURCES: Final = amounts(("1000m", "4Gi"), ("4000m", "12Gi"))
"""Of the receiver: several regions' series at once."""
LATE: Final = "30m"
"""How much older than a series' newest sample another may be: both replicas of a region write the same series, and one
that was cut off sends what it has while the other goes on."""


def prometheus_values(settings: ObservatorySettings) -> dict[str, Any]:
    """Values of the chart. Its own rules are off: they would judge every region's metrics, which each judges itself."""
    labels = prometheus_servers.external_labels(settings)
    return {
        "crds": {"enabled": False},
        "cleanPrometheusOperatorObjectNames": True,
        **prometheus_exporters.values(settings),
        "defaultRules": {"create": False},
        "prometheus": {
            # The only server: a budget would block every drain.
            "podDisruptionBudget": {"enabled": False},
            "prometheusSpec": prometheus_servers.server(settings)
            | {
                "replicas": 1,
                "resources": RESOURCES,
                "enableRemoteWriteReceiver": True,
                "tsdb": {"outOfOrderTimeWindow": LATE},
                # Nothing that this stack says of itself is to be taken for a region's.
                "externalLabels": labels | {"region": settings.cluster.identifier},
                "remoteWrite": [],
            },
        },
        "alertmanager": prometheus_servers.alertmanager(settings),
        # The chart's own dashboards know one cluster, and ask for what its rules would record.
        "grafana": grafana.values(settings) | {"defaultDashboardsEnabled": False},
    }
