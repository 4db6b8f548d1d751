"""Elastic Cloud on Kubernetes: values of the chart ``eck-operator``."""

from typing import Any

from contract.names import Namespace
from infra.stack_settings import StackSettings


def values(_settings: StackSettings) -> dict[str, Any]:
    """The operator looks after namespace ``logging`` alone, and tells nobody outside the region about it."""
    return {
        "installCRDs": True,
        "managedNamespaces": [Namespace.LOGGING.value],
        "telemetry": {"disabled": True},
        "podSecurityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
    }
