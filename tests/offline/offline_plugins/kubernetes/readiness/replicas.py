"""StatefulSet, DaemonSet and ReplicationController: as many pods as wanted, of the wanted revision."""

from offline_plugins.kubernetes.readiness.status import at, observed
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, waiting
from ops.controlplane.api import Json

UNSEEN = "the controller has not seen it yet"


def stateful_set(live: Json, around: Around) -> Verdict:
    """Every replica is ready and current; with ``OnDelete`` an update waits for nobody to delete old pods."""
    del around
    if not observed(live):
        return waiting(UNSEEN)
    status = at(live, "status", default={})
    wanted = at(live, "spec", "replicas", default=0)
    ready, there = status.get("readyReplicas", 0), status.get("replicas", 0)
    by_hand = at(live, "spec", "updateStrategy", "type") == "OnDelete" and live["metadata"]["generation"] > 1
    if not wanted == ready == there or not (by_hand or status.get("currentReplicas", 0) == wanted):
        updated = ready if by_hand or _current(status) else min(ready, status.get("updatedReplicas", 0))
        return waiting(f"{updated} of {wanted} Pods are ready")
    if not by_hand and not _current(status):
        old, new = status.get("currentRevision", "none"), status.get("updateRevision", "none")
        return waiting(f"it has not advanced from revision {old} to {new}")
    return READY


def daemon_set(live: Json, around: Around) -> Verdict:
    """On every node that wants one: a pod, of this generation, available and ready."""
    del around
    desired = at(live, "status", "desiredNumberScheduled")
    if not observed(live) or desired is None:
        return waiting(UNSEEN)
    for field, words in (
        ("currentNumberScheduled", "scheduled"),
        ("updatedNumberScheduled", "updated"),
        ("numberAvailable", "available"),
        ("numberReady", "ready"),
    ):
        number = at(live, "status", field, default=0)
        if number < desired:
            return waiting(f"{number} of {desired} Pods are {words}")
    return READY


def replication_controller(live: Json, around: Around) -> Verdict:
    """As many replicas are available as wanted."""
    del around
    wanted, available = at(live, "spec", "replicas", default=1), at(live, "status", "availableReplicas", default=0)
    return READY if wanted == available else waiting(f"{available} of {wanted} Pods are available")


def _current(status: Json) -> bool:
    return bool(status.get("currentRevision")) and status["currentRevision"] == status.get("updateRevision")
