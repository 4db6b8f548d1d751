"""Chart ``metrics-server``: CPU and memory of pods and nodes, for autoscalers.

The chart's own security contexts are those of Pod Security ``restricted``.
"""

from typing import Any, Final

from infra.presets import Amount, Resources
from infra.settings import Settings

REPLICAS: Final = 2
"""Without an answer of this API no autoscaler moves."""
RESOURCES: Final = Resources(requests=Amount(cpu="100m", memory="200Mi"), limits=Amount(cpu="500m", memory="512Mi"))


def values(_: Settings) -> dict[str, Any]:
    """Values of chart 3.13.1.

    Its certificate stays self-signed and made anew at each start: one of the chart's making ends after a year, and
    one of cert-manager's would let autoscaling depend on that.
    """
    return {
        "replicas": REPLICAS,
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "resources": RESOURCES.model_dump(),
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "metrics-server"}},
            }
        ],
        "metrics": {"enabled": False},
        "serviceMonitor": {"enabled": False},
    }
