"""Pods in workloads, whichever kind of workload."""

from collections.abc import Iterator
from typing import Final

from policy.resources import UNKNOWN, Item, Object, entries, under

SERVING: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod"})
"""Kinds whose pods run until they are stopped."""
WORKLOADS: Final = SERVING | {"Job", "CronJob"}


def pod_of(item: Item) -> Object | None:
    """Specification of the pods that a workload runs, None for anything else."""
    if item.group not in ("core", "apps", "batch") or item.kind not in WORKLOADS:
        return None
    spec = under(item.properties, "spec")
    if item.kind == "Pod":
        return spec
    if item.kind == "CronJob":
        spec = under(spec, "jobTemplate", "spec")
    return under(spec, "template", "spec")


def containers(pod: Object) -> Iterator[Object]:
    """Every container, the initial ones among them."""
    for key in ("initContainers", "containers"):
        yield from entries(pod, key)


def named_containers(item: Item) -> Iterator[tuple[str, Object]]:
    """``workload/container`` and the container, for each container of a workload."""
    for container in containers(pod_of(item) or {}):
        name = container.get("name")
        yield f"{item.name}/{'…' if name is UNKNOWN else name}", container
