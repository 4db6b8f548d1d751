"""VerticalPodAutoscalers that only recommend: the specification's bounds, and mode ``Off``.

Horizontal autoscalers measure against requests, so a second autoscaler that changes requests would fight them;
``mcp-ops optimize`` turns recommendations into a settings diff instead.
"""

from dataclasses import dataclass
from typing import Any, Final

from infra.presets import Amount

API_VERSION: Final = "autoscaling.k8s.io/v1"
KIND: Final = "VerticalPodAutoscaler"


@dataclass(frozen=True)
class Bounds:
    """Between which a recommendation for one container lies."""

    least: Amount
    most: Amount


AGENT_BOUNDS: Final = Bounds(least=Amount(cpu="100m", memory="128Mi"), most=Amount(cpu="1500m", memory="2Gi"))
"""Seed, "Resource Optimization Script"."""
ENGINE_BOUNDS: Final = Bounds(least=Amount(cpu="100m", memory="128Mi"), most=Amount(cpu="2500m", memory="3Gi"))
"""At most the limits that the specification's script optimises to."""


def recommender(deployment: str, container: str, bounds: Bounds) -> dict[str, Any]:
    """Spec of the VerticalPodAutoscaler of ``deployment``."""
    return {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "updatePolicy": {"updateMode": "Off"},
        "resourcePolicy": {
            "containerPolicies": [
                {
                    "containerName": container,
                    "minAllowed": bounds.least.model_dump(),
                    "maxAllowed": bounds.most.model_dump(),
                }
            ]
        },
    }
