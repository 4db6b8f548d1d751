"""A cluster of the user's own: nothing of it is started, stopped or installed without being asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ops.controlplane.api import Api
from ops.image.image import Image
from ops.local.clusters import portforward
from ops.local.clusters.choice import user_kubeconfig
from ops.local.clusters.cluster import Needs
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.state import State
from ops.node.forward import Forward
from ops.toolchain.cache import Report
from ops.toolchain.catalogue import KUBECTL
from ops.toolchain.tools import ensure_group

DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"


class ContextCluster:
    """The current context of the user's kubeconfig. Its operators and images are the user's affair."""

    kind = ClusterKind.CONTEXT

    def __init__(self, state: State) -> None:
        self._state = state
        self._kubectl: Path | None = None

    @property
    def kubeconfig(self) -> Path:
        """The user's own."""
        return user_kubeconfig()

    def needs(self) -> Needs:
        """Nothing is installed; volumes come from its default StorageClass."""
        return Needs((), builds=False, storage_class=default_storage_class(self.kubeconfig))

    def get(self, report: Report) -> None:
        """Have kubectl, for the ports."""
        self._kubectl = ensure_group([KUBECTL], report)[KUBECTL.name]

    def start(self, images: Sequence[Image], report: Report) -> None:
        """Ask whether it answers; it pulls its images itself. Raises :class:`LocalError`."""
        del images
        api = Api.from_kubeconfig(self.kubeconfig)
        try:
            if not api.healthy():
                raise LocalError(f"The cluster of {self.kubeconfig} does not answer: start it, or choose another.")
        finally:
            api.close()
        report(f"context of {self.kubeconfig}")

    def load(self, images: Sequence[Image], report: Report) -> None:
        """It pulls its images itself."""

    def reach(self, forwards: Sequence[Forward]) -> None:
        """Listen on loopback."""
        if self._kubectl is None:
            raise LocalError("kubectl is not known here: run `make up CLUSTER=context`.")
        portforward.reach(self._state, self._kubectl, self.kubeconfig, forwards)

    def stop(self) -> str:
        """End the ports of this machine; the platform goes on running there."""
        ended = portforward.end(self._state)
        return f"{ended} forwarded ports; the platform itself goes on in your cluster" if ended else ""

    def wipe(self) -> None:
        """The cluster is not ours to wipe; what the stack made there, `destroy` takes away."""
        self.stop()

    def report(self) -> Mapping[str, Any]:
        """Whether it answers."""
        api = Api.from_kubeconfig(self.kubeconfig, timeout=5.0)
        try:
            healthy = api.healthy()
        finally:
            api.close()
        return {"running": healthy, "ready": healthy, "servers": {}}


def default_storage_class(kubeconfig: Path) -> str:
    """The cluster's default StorageClass. Raises :class:`LocalError` where it has none."""
    api = Api.from_kubeconfig(kubeconfig)
    try:
        for each in api.list("storage.k8s.io/v1", "StorageClass"):
            annotations: dict[str, str] = each["metadata"].get("annotations") or {}
            if annotations.get(DEFAULT_CLASS) == "true":
                return str(each["metadata"]["name"])
    finally:
        api.close()
    raise LocalError("The cluster has no default StorageClass for the database's volumes: annotate one of its classes.")
