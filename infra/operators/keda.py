"""Chart ``keda``: operator, metrics API and admission.

The chart's own security contexts are those of Pod Security ``restricted``.
"""

from typing import Any, Final

from infra.presets import Amount, Resources
from infra.settings import Settings

REPLICAS: Final = 2
"""Of the operator one leads; metrics API and admission serve with both."""
RESOURCES: Final = Resources(requests=Amount(cpu="100m", memory="128Mi"), limits=Amount(cpu="500m", memory="512Mi"))


def values(settings: Settings) -> dict[str, Any]:
    """Values of chart 2.21. Its monitors are off: :mod:`infra.monitoring` has ours."""
    exposed = {"enabled": settings.monitoring.enabled.is_on}
    one_stays = {"minAvailable": 1}
    keep = {"helm.sh/resource-policy": "keep"} if settings.protection.is_on else {}
    return {
        "crds": {"install": True, "additionalAnnotations": keep},
        "image": {"pullPolicy": "IfNotPresent"},
        "operator": {"replicaCount": REPLICAS},
        "metricsServer": {"replicaCount": REPLICAS},
        # Ignoring an unreachable admission, as the chart has it, lets a second autoscaler of one Deployment through.
        "webhooks": {"replicaCount": REPLICAS, "failurePolicy": "Fail"},
        "podDisruptionBudget": {"operator": one_stays, "metricServer": one_stays, "webhooks": one_stays},
        "resources": {part: RESOURCES.model_dump() for part in ("operator", "metricServer", "webhooks")},
        "rbac": {
            # What it scales are Deployments, so it needs not be able to scale every kind there is.
            "enabledCustomScaledRefKinds": False,
        },
        # The triggers are Prometheus and the metrics API, neither of which wants a credential.
        "permissions": {"operator": {"restrict": {"secret": True}}, "metricServer": {"restrict": {"secret": True}}},
        "prometheus": {"operator": exposed, "metricServer": exposed, "webhooks": exposed},
        "enableServiceLinks": False,
    }
