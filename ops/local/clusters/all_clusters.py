"""The cluster of each kind that runs pods."""

from ops.local.clusters.cluster import PodCluster
from ops.local.clusters.context import ContextCluster
from ops.local.clusters.kind import KindCluster
from ops.local.clusters.kinds import ClusterKind
from ops.local.clusters.node import NodeCluster
from ops.local.ports import PortPlan
from ops.local.state import State


def cluster(kind: ClusterKind, state: State, ports: PortPlan) -> PodCluster:
    """The cluster; nothing is started. Raises :class:`ValueError` for bare processes, which are no cluster."""
    match kind:
        case ClusterKind.NODE:
            return NodeCluster(state, ports)
        case ClusterKind.KIND:
            return KindCluster(state)
        case ClusterKind.CONTEXT:
            return ContextCluster(state)
        case ClusterKind.PROCESSES:
            raise ValueError(f"{kind} is no cluster that runs pods")
