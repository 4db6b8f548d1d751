"""Chart ``cloudnative-pg``: the operator, its definitions and webhooks.

The chart's own security contexts are those of Pod Security ``restricted``, and its definitions outlive it, so a removed
operator removes no database.
"""

from typing import Any, Final

from infra.presets import Amount, Resources
from infra.settings import Settings

REPLICAS: Final = 2
"""One leads. The other answers the webhooks meanwhile, without which no object of its kinds can be changed."""
RESOURCES: Final = Resources(requests=Amount(cpu="100m", memory="200Mi"), limits=Amount(cpu="500m", memory="512Mi"))


def values(_: Settings) -> dict[str, Any]:
    """Values of chart 0.29.0. Its PodMonitor and dashboard are off: :mod:`infra.monitoring` has ours."""
    return {
        "replicaCount": REPLICAS,
        "resources": RESOURCES.model_dump(),
        # A new operator otherwise restarts every instance, the primary by a switchover.
        "config": {"data": {"ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES": "true"}},
        "monitoring": {"podMonitorEnabled": False, "grafanaDashboard": {"create": False}},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "cloudnative-pg"}},
            }
        ],
    }
