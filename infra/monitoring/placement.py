"""On which nodes monitoring runs, and before whom."""

from typing import Any, Final

from contract.names import Priority
from infra.monitoring.names import POOL
from infra.stack_settings import StackSettings

PRIORITY: Final[dict[str, Any]] = {"priorityClassName": Priority.OBSERVING.value}


def placement(settings: StackSettings) -> dict[str, Any]:
    """``priorityClassName``, ``nodeSelector`` and ``tolerations`` of a pod; the first alone where nodes are shared."""
    if not settings.monitoring.dedicated_nodes:
        return PRIORITY
    label, pool = POOL
    toleration = {"key": label, "operator": "Equal", "value": pool, "effect": "NoSchedule"}
    return PRIORITY | {"nodeSelector": {label: pool}, "tolerations": [toleration]}
