"""Where the log system's own servers run."""

from typing import Any, Final

POOL: Final = ("mcp-platform/pool", "monitoring")
"""Label and taint of the monitoring systems' node group."""


def on_dedicated_nodes(dedicated: bool) -> dict[str, Any]:
    """Part of a pod's spec: on the monitoring node group, or anywhere."""
    if not dedicated:
        return {}
    label, pool = POOL
    toleration = {"key": label, "operator": "Equal", "value": pool, "effect": "NoSchedule"}
    return {"nodeSelector": {label: pool}, "tolerations": [toleration]}


def spread(labels: dict[str, str]) -> list[dict[str, Any]]:
    """Pods with ``labels`` over zones and nodes, as far as there are any."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


RESTRICTED: Final = {"runAsNonRoot": True, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
"""Of the pod; ECK drops capabilities, forbids more privileges and makes the root read-only in each container."""
