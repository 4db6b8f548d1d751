"""The node as a cluster of `make up`: it is given everything and its own pause image first. A stand-in for the node."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.image.image import Image
from ops.local.clusters import node as module
from ops.local.clusters.all_clusters import cluster
from ops.local.clusters.kinds import ClusterKind
from ops.local.clusters.node import NodeCluster
from ops.local.ports import PortPlan
from ops.local.state import State
from ops.node.node import Health
from ops.operators.storage import STORAGE_CLASS
from ops.toolchain.catalogue import NODE_TOOLS
from ops.toolchain.operators import OperatorName


def image(name: str) -> Image:
    """An image."""
    return Image(f"local/{name}:1", "sha256:0", Path(f"/images/{name}.tar"), ())


class Recording:
    """Stands for the node."""

    made: list["Recording"] = []

    def __init__(self, directory: Path, programs: Any, runtime: Path | None, api_port: int) -> None:
        self.given = (directory, programs, runtime, api_port)
        self.kubeconfig = directory / "kubeconfig"
        self.did: list[tuple[Any, ...]] = []
        self.running = False
        Recording.made.append(self)

    def start(self, archives: Sequence[Path], _report: object) -> None:
        self.did.append(("start", *archives))

    def load(self, archives: Sequence[Path], _report: object) -> None:
        self.did.append(("load", *archives))

    def forward(self, forwards: Sequence[object]) -> None:
        self.did.append(("forward", *forwards))

    def stop(self) -> None:
        self.did.append(("stop",))

    def wipe(self) -> None:
        self.did.append(("wipe",))

    def health(self) -> Health:
        return Health(self.running, self.running, {"etcd": 0} if self.running else {})


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched or built."""
    Recording.made.clear()
    monkeypatch.setattr(module, "Node", Recording)
    common = SimpleNamespace(etcd=Path("/etcd"), apiserver=Path("/api"), controller_manager=Path("/manager"))
    monkeypatch.setattr(module, "ensure_tools", lambda _: common)
    monkeypatch.setattr(module, "ensure_group", lambda tools, _: {tool.name: Path("/", tool.name) for tool in tools})
    monkeypatch.setattr(module, "ensure_runtime", lambda _: Path("/runtime"))
    monkeypatch.setattr(module, "pause_image", lambda _: image("pause"))


def test_a_node_is_given_every_operator_and_image_since_it_can_pull_nothing(state: State) -> None:
    needs = NodeCluster(state, PortPlan()).needs()
    assert set(needs.operators) == set(OperatorName)
    assert (needs.builds, needs.storage_class) == (True, STORAGE_CLASS)


def test_it_has_programs_and_runtime_and_its_api_server_the_planned_port(state: State) -> None:
    cluster = NodeCluster(state, PortPlan(7))
    cluster.get(lambda _: None)
    directory, programs, runtime, port = Recording.made[-1].given
    assert (directory, runtime, port) == (state.node, Path("/runtime"), PortPlan(7).api_server)
    assert (programs.etcd, programs.kubelet, programs.proxy) == (Path("/etcd"), Path("/kubelet"), Path("/kube-proxy"))
    assert Path("/", NODE_TOOLS[2].name) == programs.scheduler


def test_the_image_that_every_pod_needs_is_loaded_first(state: State) -> None:
    cluster = NodeCluster(state, PortPlan())
    cluster.get(lambda _: None)
    cluster.start([image("platform")], lambda _: None)
    cluster.load([image("valkey")], lambda _: None)
    assert Recording.made[-1].did == [
        ("start", Path("/images/pause.tar"), Path("/images/platform.tar")),
        ("load", Path("/images/valkey.tar")),
    ]


def test_stopping_says_what_ran_and_wiping_removes_it(state: State) -> None:
    cluster = NodeCluster(state, PortPlan())
    (node,) = Recording.made
    assert cluster.stop() == ""
    node.running = True
    assert cluster.stop() == "the node and every pod on it"
    cluster.wipe()
    assert node.did == [("stop",), ("stop",), ("wipe",)]


def test_its_report_has_its_servers(state: State) -> None:
    cluster = NodeCluster(state, PortPlan())
    assert cluster.report() == {"running": False, "ready": False, "servers": {}}
    Recording.made[-1].running = True
    assert cluster.report() == {"running": True, "ready": True, "servers": {"etcd": 0}}


@pytest.mark.parametrize("kind", [ClusterKind.NODE, ClusterKind.KIND, ClusterKind.CONTEXT])
def test_every_kind_that_runs_pods_has_a_cluster_of_its_kind(kind: ClusterKind, state: State) -> None:
    assert cluster(kind, state, PortPlan()).kind is kind


def test_bare_processes_are_no_cluster(state: State) -> None:
    with pytest.raises(ValueError, match="processes is no cluster that runs pods"):
        cluster(ClusterKind.PROCESSES, state, PortPlan())
