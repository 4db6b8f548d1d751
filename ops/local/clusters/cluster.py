"""What ``make up`` asks of any cluster that runs pods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ops.image.image import Image
from ops.local.clusters.kinds import ClusterKind
from ops.node.forward import Forward
from ops.toolchain.cache import Report
from ops.toolchain.operators import OperatorName


@dataclass(frozen=True)
class Needs:
    """What a cluster of some kind brings and what it must be given.

    Attributes:
        operators: those that ``make up`` installs by default.
        builds: whether images are built here and loaded; if not, the cluster pulls them.
        storage_class: for the database's volumes.
    """

    operators: tuple[OperatorName, ...]
    builds: bool
    storage_class: str


class PodCluster(Protocol):
    """A cluster that runs pods."""

    kind: ClusterKind

    @property
    def kubeconfig(self) -> Path:
        """The administrator's, for use on this machine."""
        ...

    def needs(self) -> Needs:
        """What it must be given; known once it runs."""
        ...

    def get(self, report: Report) -> None:
        """Have the programs it is made of."""
        ...

    def start(self, images: Sequence[Image], report: Report) -> None:
        """Have it run and know these images."""
        ...

    def load(self, images: Sequence[Image], report: Report) -> None:
        """Have it know these images too."""
        ...

    def reach(self, forwards: Sequence[Forward]) -> None:
        """Have loopback ports of this machine lead to Services."""
        ...

    def stop(self) -> str:
        """End it; what was ended, for people."""
        ...

    def wipe(self) -> None:
        """Remove all its data."""
        ...

    def report(self) -> Mapping[str, Any]:
        """Its own parts, as JSON: server -> ready or how often it was restarted."""
        ...
