"""Stands for nodes: gives pods, and whatever else a cloud or an operator would, the status that a test wants."""

from collections.abc import Callable
from typing import Any, TypeVar

from ops.controlplane.api import MERGE, Api, Json
from ops.controlplane.processes import wait_until

SECONDS = 20.0
T = TypeVar("T")


def eventually(look: Callable[[], T | None]) -> T:
    """Return what ``look`` finds, once it finds something."""
    found: list[T] = []

    def there() -> bool:
        value = look()
        if value is not None:
            found.append(value)
        return bool(found)

    assert wait_until(there, SECONDS, pause=0.02), f"nothing within {SECONDS:.0f} s"
    return found[0]


def set_status(cluster: Api, manifest: Json, status: Json) -> None:
    """Write an object's status, as its controller would."""
    path = cluster.path_of(manifest) + "/status"
    cluster.request("PATCH", path, {"status": status}, content_type=MERGE)


class Kubelet:
    """The pods of one namespace."""

    def __init__(self, cluster: Api, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace

    def pods(self, number: int, labels: str | None = None) -> list[Json]:
        """Return so many pods that nothing has happened to yet, once they are there."""

        def new() -> list[Json] | None:
            found = self._cluster.list("v1", "Pod", self._namespace, labels)
            found = [each for each in found if "podIP" not in each["status"] and not is_going(each)]
            return found[:number] if len(found) >= number else None

        return eventually(new)

    def start(self, number: int = 1, labels: str | None = None) -> list[Json]:
        """Have so many new pods run and be ready."""
        pods = self.pods(number, labels)
        for index, each in enumerate(pods):
            self.report(each, phase="Running", ready=True, podIP=f"10.9.0.{index + 1}")
        return pods

    def end(self, phase: str) -> None:
        """Have one new pod end: ``Succeeded`` or ``Failed``."""
        (pod,) = self.pods(1)
        self.report(pod, phase=phase, ready=False)

    def stick(self, reason: str, message: str) -> Json:
        """Have one new pod's container wait for a reason."""
        (pod,) = self.pods(1)
        name = pod["spec"]["containers"][0]["name"]
        waits: Json = {"name": name, "ready": False, "restartCount": 0, "image": "x", "imageID": ""}
        self.report(
            pod, ready=False, containerStatuses=[waits | {"state": {"waiting": {"reason": reason, "message": message}}}]
        )
        return pod

    def report(self, pod: Json, *, ready: bool, phase: str = "Pending", **status: Any) -> None:
        """Write a pod's status; the pod counts as scheduled and initialized."""
        holds = {"PodScheduled": True, "Initialized": True, "ContainersReady": ready, "Ready": ready}
        conditions = [{"type": name, "status": str(value)} for name, value in holds.items()]
        addresses = {"podIPs": [{"ip": status["podIP"]}]} if "podIP" in status else {}
        set_status(self._cluster, pod, {"phase": phase, "conditions": conditions, **status, **addresses})

    def warn(self, thing: Json, reason: str, message: str) -> None:
        """Report a warning about an object."""
        metadata = thing["metadata"]
        about = {"apiVersion": thing["apiVersion"], "kind": thing["kind"], "name": metadata["name"]}
        about |= {"namespace": self._namespace, "uid": metadata["uid"]}
        event: Json = {"apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": reason, "message": message}
        event |= {"metadata": {"generateName": "w-", "namespace": self._namespace}, "involvedObject": about, "count": 3}
        path = self._cluster.kind("v1", "Event").path(self._namespace)
        self._cluster.request("POST", path, event)


def is_going(thing: Json) -> bool:
    """Say whether an object is being deleted."""
    return "deletionTimestamp" in thing["metadata"]
