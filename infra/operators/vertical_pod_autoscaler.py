"""Chart ``vertical-pod-autoscaler``: the recommender alone.

What would evict pods or change their requests is not installed: horizontal autoscalers measure against requests.
"""

from typing import Any, Final

from infra.presets import Amount, Resources
from infra.settings import Settings

RESOURCES: Final = Resources(requests=Amount(cpu="50m", memory="256Mi"), limits=Amount(cpu="500m", memory="1Gi"))


def values(settings: Settings) -> dict[str, Any]:
    """Values of chart 0.13.0."""
    return {
        "crds": {"enabled": True, "keep": settings.protection.is_on},
        "admissionController": {"enabled": False, "certGen": {"enabled": False}},
        "updater": {"enabled": False},
        # One is enough: nothing but a fresh recommendation waits for it, and a budget of one could never be drained.
        "recommender": {
            "enabled": True,
            "replicas": 1,
            "logLevel": 2,
            "resources": RESOURCES.model_dump(),
            "podDisruptionBudget": {"enabled": False},
        },
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containerSecurityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
