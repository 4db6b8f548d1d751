"""PersistentVolume and PersistentVolumeClaim."""

from offline_plugins.kubernetes.readiness.status import at
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, waiting
from ops.controlplane.api import Json


def volume(live: Json, around: Around) -> Verdict:
    """Available or bound."""
    del around
    phase = at(live, "status", "phase", default="unknown")
    return READY if phase in ("Available", "Bound") else waiting(f"it is {phase}, not Available or Bound")


def claim(live: Json, around: Around) -> Verdict:
    """Bound; or pending, where its class binds volumes only to claims that a pod uses."""
    phase = at(live, "status", "phase", default="unknown")
    if phase == "Bound" or (phase == "Pending" and _binds_late(live, around)):
        return READY
    return waiting(f"it is {phase}, not Bound")


def _binds_late(live: Json, around: Around) -> bool:
    name = at(live, "spec", "storageClassName")
    found = around.api.get("storage.k8s.io/v1", "StorageClass", name) if name else None
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"
