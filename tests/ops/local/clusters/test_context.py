"""A cluster of the user's own: it is asked, and nothing in it is started or stopped. A small server stands for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.local.clusters import context as module
from ops.local.clusters import portforward
from ops.local.clusters.context import DEFAULT_CLASS, ContextCluster, default_storage_class
from ops.local.failure import LocalError
from ops.local.state import State
from ops.node.forward import Forward
from ops.toolchain.tool import ToolName
from tests.ops.local.answering import Answering, answering, manifest, objects
from tests.ops.local.clusters.conftest import Bench


def storage_class(name: str, **annotations: str) -> dict[str, Any]:
    """A StorageClass."""
    return manifest("storage.k8s.io/v1", "StorageClass", name, metadata={"annotations": annotations})


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """The cluster that the user's kubeconfig leads to."""
    classes = [
        storage_class("slow", **{DEFAULT_CLASS: "false"}),
        manifest("storage.k8s.io/v1", "StorageClass", "bare"),
        storage_class("fast", **{DEFAULT_CLASS: "true"}),
    ]
    with answering(objects(*classes)) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "config")))
        yield server


def test_volumes_come_from_its_default_class_and_nothing_is_installed(state: State, served: Answering) -> None:
    needs = ContextCluster(state).needs()
    assert (needs.operators, needs.builds, needs.storage_class) == ((), False, "fast")


def test_a_cluster_without_a_default_class_is_refused_with_the_remedy(served: Answering, tmp_path: Path) -> None:
    served.answers["/apis/storage.k8s.io/v1/storageclasses"] = {"items": [storage_class("slow")]}
    with pytest.raises(
        LocalError, match=r"^The cluster has no default StorageClass .*: annotate one of its classes\.$"
    ):
        default_storage_class(tmp_path / "config")


def test_one_that_answers_is_named_by_its_kubeconfig(state: State, served: Answering, tmp_path: Path) -> None:
    said: list[str] = []
    ContextCluster(state).start([], said.append)
    assert said == [f"context of {tmp_path / 'config'}"]
    assert [path for path, _ in served.asked] == ["/readyz"]


def test_one_that_does_not_answer_is_refused(state: State, served: Answering) -> None:
    served.answers["/readyz"] = 500
    with pytest.raises(LocalError, match="does not answer: start it, or choose another"):
        ContextCluster(state).start([], lambda _: None)


@pytest.mark.parametrize(("answer", "ready"), [("ok", True), (500, False)])
def test_its_report_is_whether_it_answers(answer: object, ready: bool, state: State, served: Answering) -> None:
    served.answers["/readyz"] = answer
    assert ContextCluster(state).report() == {"running": ready, "ready": ready, "servers": {}}


def test_ports_are_reached_by_the_kubectl_that_was_had(
    state: State, served: Answering, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reached: list[tuple[object, ...]] = []
    monkeypatch.setattr(portforward, "reach", lambda *given: reached.append(given))
    monkeypatch.setattr(module, "ensure_group", lambda *_: {ToolName.KUBECTL: Path("/kubectl")})
    cluster, forwards = ContextCluster(state), [Forward(8000, "a/b", 80)]
    with pytest.raises(LocalError, match="kubectl is not known here: run `make up CLUSTER=context`"):
        cluster.reach(forwards)
    cluster.get(lambda _: None)
    cluster.reach(forwards)
    assert reached == [(state, Path("/kubectl"), tmp_path / "config", forwards)]


def test_stopping_ends_the_ports_of_this_machine_and_asks_the_cluster_for_nothing(
    bench: Bench, state: State, served: Answering, tmp_path: Path
) -> None:
    cluster = ContextCluster(state)
    assert cluster.stop() == ""
    kubectl = bench.install("kubectl", "echo 'Forwarding from 127.0.0.1'; exec sleep 60")
    portforward.reach(state, kubectl, tmp_path / "config", [Forward(8000, "a/b", 80), Forward(8001, "a/b", 81)])
    assert cluster.stop() == "2 forwarded ports; the platform itself goes on in your cluster"
    cluster.wipe()
    assert served.asked == []
    assert len(bench.calls()) == 2
