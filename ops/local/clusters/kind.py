"""A cluster in Docker by the program `kind`, driven through its command line. Nobody has run this where it was written:
there is no Docker daemon there; tests hold the command lines."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ops.controlplane.api import Api
from ops.controlplane.processes import wait_until
from ops.image.image import Image
from ops.local.clusters import portforward
from ops.local.clusters.cluster import Needs
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.state import State
from ops.node.forward import Forward
from ops.toolchain.cache import Report
from ops.toolchain.catalogue import KUBECTL
from ops.toolchain.operators import OperatorName
from ops.toolchain.tools import ensure_group

NAME: Final = "mcp-platform"
CONTAINER: Final = f"{NAME}-control-plane"
SECONDS: Final = 600.0
START_SECONDS: Final = 120.0
BUILT_BY_DOCKER: Final = "mcp-platform/platform:local"
"""The platform's image, which the cluster has from the Docker daemon."""
BROUGHT: Final = (OperatorName.COREDNS, OperatorName.STORAGE)
"""What kind has already."""


class KindCluster:
    """One cluster of one node; it pulls operators' images itself."""

    kind = ClusterKind.KIND

    def __init__(self, state: State) -> None:
        self._state = state
        self._kubectl: Path | None = None

    @property
    def kubeconfig(self) -> Path:
        """Written by kind."""
        return self._state.directory / "kind.kubeconfig"

    def needs(self) -> Needs:
        """Operators, but for those that kind brings; volumes come from its class ``standard``."""
        wanted = tuple(each for each in OperatorName if each not in BROUGHT)
        return Needs(wanted, builds=False, storage_class="standard")

    def get(self, report: Report) -> None:
        """Have kubectl; kind and Docker are there, or it would not have been chosen."""
        self._kubectl = ensure_group([KUBECTL], report)[KUBECTL.name]

    def start(self, images: Sequence[Image], report: Report) -> None:
        """Create the cluster, or start its stopped container. Raises :class:`LocalError`."""
        if NAME in call("kind", "get", "clusters").split():
            call("docker", "start", CONTAINER)
            call("kind", "export", "kubeconfig", "--name", NAME, "--kubeconfig", str(self.kubeconfig))
            report("waiting for the cluster that was stopped")
            if not wait_until(lambda: self.report()["ready"], START_SECONDS, 0.5):
                raise LocalError(
                    f"Cluster {NAME} did not answer after {START_SECONDS:.0f} s: see `docker logs {CONTAINER}`."
                )
        else:
            report("creating a cluster with kind, which pulls its image first")
            call(
                *("kind", "create", "cluster", "--name", NAME, "--wait", "300s"),
                *("--kubeconfig", str(self.kubeconfig)),
            )
        report(f"loading {BUILT_BY_DOCKER}")
        call("kind", "load", "docker-image", BUILT_BY_DOCKER, "--name", NAME)
        self.load(images, report)

    def load(self, images: Sequence[Image], report: Report) -> None:
        """Load archives."""
        for image in images:
            report(f"loading {image.reference}")
            call("kind", "load", "image-archive", str(image.archive), "--name", NAME)

    def reach(self, forwards: Sequence[Forward]) -> None:
        """Listen on loopback."""
        if self._kubectl is None:
            raise LocalError("kubectl is not known here: run `make up CLUSTER=kind`.")
        portforward.reach(self._state, self._kubectl, self.kubeconfig, forwards)

    def stop(self) -> str:
        """End the ports and stop the container; data is kept."""
        portforward.end(self._state)
        if shutil.which("kind") is None or NAME not in call("kind", "get", "clusters").split():
            return ""
        call("docker", "stop", CONTAINER)
        return f"container {CONTAINER} and every pod in it"

    def wipe(self) -> None:
        """Delete the cluster."""
        portforward.end(self._state)
        if shutil.which("kind") is not None:
            call("kind", "delete", "cluster", "--name", NAME)
        self.kubeconfig.unlink(missing_ok=True)

    def report(self) -> Mapping[str, Any]:
        """Whether its API server answers."""
        api = Api.from_kubeconfig(self.kubeconfig, timeout=5.0)
        try:
            healthy = api.healthy()
        finally:
            api.close()
        return {"running": healthy, "ready": healthy, "servers": {}}


def call(*command: str) -> str:
    """Run a program; what it printed. Raises :class:`LocalError` with its last words."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise LocalError(f"`{' '.join(command[:3])}` did not end within {SECONDS:.0f} s.") from None
    if done.returncode != 0:
        raise LocalError(f"`{' '.join(command[:3])}` failed: {done.stderr.strip()[-300:]}")
    return done.stdout
