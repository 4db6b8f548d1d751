"""The node of this machine as a cluster of ``make up``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ops.image.image import Image
from ops.image.pause import pause_image
from ops.local.clusters.cluster import Needs
from ops.local.clusters.kinds import ClusterKind
from ops.local.ports import PortPlan
from ops.local.state import State
from ops.node.forward import Forward
from ops.node.node import Node
from ops.node.runtime import ensure_runtime
from ops.node.servers import NodePrograms
from ops.operators.storage import STORAGE_CLASS
from ops.toolchain.cache import Report
from ops.toolchain.catalogue import NODE_TOOLS
from ops.toolchain.operators import OperatorName
from ops.toolchain.tool import ToolName
from ops.toolchain.tools import ensure_group, ensure_tools


class NodeCluster:
    """One real node in namespaces of its own."""

    kind = ClusterKind.NODE

    def __init__(self, state: State, ports: PortPlan) -> None:
        self._state = state
        self._ports = ports
        self._node = Node(state.node, None, None, ports.api_server)
        self._pause: Image | None = None

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self._node.kubeconfig

    def needs(self) -> Needs:
        """Everything: the node can pull nothing and brings nothing."""
        return Needs(tuple(OperatorName), builds=True, storage_class=STORAGE_CLASS)

    def get(self, report: Report) -> None:
        """Have Kubernetes' programs and the container runtime."""
        tools = ensure_tools(report)
        own = ensure_group(NODE_TOOLS, report)
        programs = NodePrograms(
            etcd=tools.etcd,
            apiserver=tools.apiserver,
            controller_manager=tools.controller_manager,
            scheduler=own[ToolName.SCHEDULER],
            kubelet=own[ToolName.KUBELET],
            proxy=own[ToolName.PROXY],
        )
        self._node = Node(self._state.node, programs, ensure_runtime(report), self._ports.api_server)
        self._pause = pause_image(report)

    def start(self, images: Sequence[Image], report: Report) -> None:
        """Have it ready. Raises :class:`ops.node.failure.NodeError`."""
        first = [self._pause] if self._pause else []
        self._node.start([image.archive for image in (*first, *images)], report)

    def load(self, images: Sequence[Image], report: Report) -> None:
        """Import images that it does not have."""
        self._node.load([image.archive for image in images], report)

    def reach(self, forwards: Sequence[Forward]) -> None:
        """Listen on loopback."""
        self._node.forward(forwards)

    def stop(self) -> str:
        """End every process of the node; data is kept."""
        running = self._node.health().running
        self._node.stop()
        return "the node and every pod on it" if running else ""

    def wipe(self) -> None:
        """Remove its data."""
        self._node.wipe()

    def report(self) -> Mapping[str, Any]:
        """Its servers, with how often each was restarted."""
        health = self._node.health()
        return {"running": health.running, "ready": health.ready, "servers": health.servers}
