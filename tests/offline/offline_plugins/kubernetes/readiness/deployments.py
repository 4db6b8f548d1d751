"""Deployment: its controller rolled out the present revision and that revision's pods are ready."""

from offline_plugins.kubernetes.readiness.status import at, because, condition, holds, labels_of, observed, owned_by
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, waiting
from ops.controlplane.api import Json

REVISION = "deployment.kubernetes.io/revision"


def revision(live: Json) -> str | None:
    """The rollout's number, on a Deployment and on its ReplicaSets."""
    return at(live, "metadata", "annotations", REVISION)


def replica_sets(live: Json, around: Around) -> list[Json]:
    """Return the Deployment's ReplicaSets, of every revision."""
    labels = labels_of(live["spec"]["selector"])
    found = around.api.list("apps/v1", "ReplicaSet", live["metadata"]["namespace"], labels)
    return [each for each in found if owned_by(each, live)]


def deployment(live: Json, around: Around) -> Verdict:
    """Wait for the controller, then for availability, then for the new ReplicaSet and for volumes."""
    if not observed(live):
        return waiting("the controller has not seen it yet")
    number = revision(live)
    if number is None:
        return waiting("it has no ReplicaSet yet")
    # The first revision is no roll-out, so that nothing has to have progressed.
    if not holds(live, "Available") or not (number == "1" or holds(live, "Progressing", "NewReplicaSetAvailable")):
        return waiting(_progress(live))
    current = next((each for each in replica_sets(live, around) if revision(each) == number), None)
    if current is None:
        return waiting(f"revision {number} has no ReplicaSet yet")
    # The ReplicaSet and not the Deployment says how many: an autoscaler may have decided meanwhile.
    wanted = at(current, "spec", "replicas", default=1)
    ready = at(current, "status", "readyReplicas", default=0)
    if ready < wanted:
        return waiting(f"{ready} of {wanted} Pods of its new ReplicaSet are ready")
    unbound = _unbound(live, around)
    return waiting(f"unbound PersistentVolumeClaims: {', '.join(unbound)}") if unbound else READY


def _progress(live: Json) -> str:
    status = at(live, "status", default={})
    wanted = at(live, "spec", "replicas", default=1)
    available = min(status.get("availableReplicas", 0), status.get("updatedReplicas", 0))
    said = f"{available} of {wanted} Pods of its new ReplicaSet are available"
    progressing = condition(live, "Progressing")
    return f"{said}: {because(progressing)}" if progressing.get("status") == "False" else said


def _unbound(live: Json, around: Around) -> list[str]:
    volumes = at(live, "spec", "template", "spec", "volumes", default=[])
    names = [at(each, "persistentVolumeClaim", "claimName") for each in volumes]
    claims = [
        around.api.get("v1", "PersistentVolumeClaim", name, live["metadata"]["namespace"]) for name in names if name
    ]
    return [each["metadata"]["name"] for each in claims if each and at(each, "status", "phase") != "Bound"]
