"""How kind and Docker are called. Stand-ins note their arguments: there is no Docker daemon where this was written."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.image.image import Image
from ops.local.clusters import kind as module
from ops.local.clusters import portforward
from ops.local.clusters.kind import BUILT_BY_DOCKER, KindCluster, call
from ops.local.failure import LocalError
from ops.local.state import State
from ops.node.forward import Forward
from ops.toolchain.operators import OperatorName
from ops.toolchain.tool import ToolName
from tests.ops.local.answering import Answering, answering
from tests.ops.local.clusters.conftest import Bench

IMAGE = Image("local/valkey:1", "sha256:0", Path("/images/valkey.tar"), ())


@pytest.fixture
def served() -> Iterator[Answering]:
    """What kind's kubeconfig leads to."""
    with answering({"/readyz": "ok"}) as server:
        yield server


def install(bench: Bench, served: Answering, *clusters: str) -> None:
    """A kind that has these clusters and writes a kubeconfig, and a docker."""
    config = served.kubeconfig(bench.directory / "kubeconfig")
    written = f'case "$*" in *--kubeconfig*) for last in "$@"; do :; done; cp {config} "$last";; esac'
    bench.install("kind", f'if [ "$1" = get ]; then echo "{" ".join(clusters)}"; fi\n{written}')
    bench.install("docker")


def test_a_cluster_is_created_once_and_only_then_given_images(bench: Bench, state: State, served: Answering) -> None:
    install(bench, served, "other")
    KindCluster(state).start([IMAGE], lambda _: None)
    assert bench.calls() == [
        "kind get clusters",
        f"kind create cluster --name mcp-platform --wait 300s --kubeconfig {state.directory}/kind.kubeconfig",
        f"kind load docker-image {BUILT_BY_DOCKER} --name mcp-platform",
        "kind load image-archive /images/valkey.tar --name mcp-platform",
    ]


def test_a_stopped_cluster_is_started_and_waited_for_before_it_is_given_images(
    bench: Bench, state: State, served: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(bench, served, "other mcp-platform")
    served.answers["/readyz"] = [503, 503, "ok"]
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None)
    monkeypatch.setattr("ops.controlplane.processes.time", clock)
    KindCluster(state).start([], lambda _: None)
    assert bench.calls() == [
        "kind get clusters",
        "docker start mcp-platform-control-plane",
        f"kind export kubeconfig --name mcp-platform --kubeconfig {state.directory}/kind.kubeconfig",
        f"kind load docker-image {BUILT_BY_DOCKER} --name mcp-platform",
    ]
    assert len(served.asked) == 3


def test_a_cluster_that_does_not_come_back_is_said_with_where_to_look(
    bench: Bench, state: State, served: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(bench, served, "mcp-platform")
    served.answers["/readyz"] = 503
    monkeypatch.setattr(module, "START_SECONDS", 0.0)
    with pytest.raises(LocalError, match=r"did not answer after 0 s: see `docker logs mcp-platform-control-plane`"):
        KindCluster(state).start([], lambda _: None)


def test_a_cluster_of_a_name_that_begins_so_is_another(bench: Bench, state: State, served: Answering) -> None:
    install(bench, served, "mcp-platform-2")
    KindCluster(state).start([], lambda _: None)
    assert any(call.startswith("kind create cluster --name mcp-platform ") for call in bench.calls())


def test_stopping_keeps_the_cluster_and_wiping_deletes_it(bench: Bench, state: State, served: Answering) -> None:
    install(bench, served, "mcp-platform")
    cluster = KindCluster(state)
    served.kubeconfig(cluster.kubeconfig)
    assert cluster.stop() == "container mcp-platform-control-plane and every pod in it"
    assert bench.calls()[-1] == "docker stop mcp-platform-control-plane"
    assert cluster.kubeconfig.exists()
    cluster.wipe()
    assert bench.calls()[-1] == "kind delete cluster --name mcp-platform"
    assert not cluster.kubeconfig.exists()


def test_where_no_cluster_is_there_is_nothing_to_stop(bench: Bench, state: State, served: Answering) -> None:
    cluster = KindCluster(state)
    assert cluster.stop() == ""
    cluster.wipe()
    assert bench.calls() == []
    install(bench, served, "other")
    assert cluster.stop() == ""
    assert bench.calls() == ["kind get clusters"]


def test_what_kind_brings_is_not_installed_again_and_nothing_is_built(state: State) -> None:
    needs = KindCluster(state).needs()
    assert set(needs.operators) == set(OperatorName) - {OperatorName.COREDNS, OperatorName.STORAGE}
    assert (needs.builds, needs.storage_class) == (False, "standard")


def test_ports_are_reached_by_the_kubectl_that_was_had(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[tuple[object, ...]] = []
    monkeypatch.setattr(portforward, "reach", lambda *given: reached.append(given))
    monkeypatch.setattr(module, "ensure_group", lambda *_: {ToolName.KUBECTL: Path("/kubectl")})
    cluster, forwards = KindCluster(state), [Forward(8000, "a/b", 80)]
    with pytest.raises(LocalError, match="kubectl is not known here: run `make up CLUSTER=kind`"):
        cluster.reach(forwards)
    cluster.get(lambda _: None)
    cluster.reach(forwards)
    assert reached == [(state, Path("/kubectl"), cluster.kubeconfig, forwards)]


@pytest.mark.parametrize(("answer", "ready"), [("ok", True), (503, False)])
def test_it_is_ready_when_its_api_server_says_so(answer: object, ready: bool, state: State, served: Answering) -> None:
    cluster = KindCluster(state)
    served.kubeconfig(cluster.kubeconfig)
    served.answers["/readyz"] = answer
    assert cluster.report() == {"running": ready, "ready": ready, "servers": {}}


def test_a_program_that_fails_is_quoted_and_one_that_hangs_not_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.install("kind", "echo 'no nodes found' >&2; exit 1")
    with pytest.raises(LocalError, match=r"^`kind load docker-image` failed: no nodes found$"):
        call("kind", "load", "docker-image", "x")
    bench.install("kind", "exec sleep 30")
    monkeypatch.setattr(module, "SECONDS", 0.05)
    with pytest.raises(LocalError, match=r"^`kind get clusters` did not end within 0 s\.$"):
        call("kind", "get", "clusters")
