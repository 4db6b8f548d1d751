"""`make up` takes the cluster that was asked for or says why not, else the best there is; never two at once."""

import shutil
from pathlib import Path

import pytest

from ops.local.clusters import choice
from ops.local.clusters.choice import (
    Choice,
    choose,
    no_kind,
    note_running,
    require_same,
    running_kind,
    user_kubeconfig,
)
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.state import State
from tests.ops.local.clusters.conftest import Bench

NO_NODE, NO_KIND = "it needs root", "kind is not on PATH"


def machine(monkeypatch: pytest.MonkeyPatch, node: str | None, kind: str | None) -> None:
    """A machine with these obstacles."""
    monkeypatch.setattr(choice, "obstacle", lambda: node)
    monkeypatch.setattr(choice, "no_kind", lambda: kind)


@pytest.mark.parametrize(
    ("node", "kind", "taken"),
    [
        (None, None, ClusterKind.NODE),
        (None, NO_KIND, ClusterKind.NODE),
        (NO_NODE, None, ClusterKind.KIND),
        (NO_NODE, NO_KIND, ClusterKind.PROCESSES),
    ],
)
def test_the_best_that_the_machine_allows_is_taken_and_every_obstacle_before_it_said(
    node: str | None, kind: str | None, taken: ClusterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, node, kind)
    found = choose({})
    assert found.kind is taken
    if taken is not ClusterKind.NODE:
        assert f"no node, since {node}" in found.reason
    if taken is ClusterKind.PROCESSES:
        assert found.reason == f"no node, since {node}; no kind, since {kind}"


def test_a_cluster_of_the_users_own_is_never_taken_without_being_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine(monkeypatch, NO_NODE, NO_KIND)
    (tmp_path / "config").touch()
    assert choose({"KUBECONFIG": str(tmp_path / "config")}).kind is ClusterKind.PROCESSES


@pytest.mark.parametrize("asked", list(ClusterKind))
def test_what_is_asked_for_is_taken_also_where_there_is_better(
    asked: ClusterKind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine(monkeypatch, None, None)
    (tmp_path / "config").touch()
    environment = {"CLUSTER": asked.value, "KUBECONFIG": str(tmp_path / "config")}
    assert choose(environment) == Choice(asked, "as CLUSTER says")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (ClusterKind.NODE, NO_NODE),
        (ClusterKind.KIND, NO_KIND),
        (ClusterKind.CONTEXT, "absent is not a file: set KUBECONFIG"),
    ],
)
def test_what_is_asked_for_and_cannot_be_had_is_refused_with_the_reason(
    asked: ClusterKind, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine(monkeypatch, NO_NODE, NO_KIND)
    with pytest.raises(LocalError, match=rf"^CLUSTER={asked} cannot be had here: .*{reason}.*\.$"):
        choose({"CLUSTER": asked.value, "KUBECONFIG": str(tmp_path / "absent")})


def test_bare_processes_can_always_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, NO_NODE, NO_KIND)
    assert choose({"CLUSTER": "processes"}).kind is ClusterKind.PROCESSES


@pytest.mark.parametrize("asked", ["minikube", "Node", " node"])
def test_an_unknown_kind_is_refused_with_those_that_there_are(asked: str) -> None:
    with pytest.raises(LocalError, match=r"CLUSTER is '.*': set it to one of node, kind, context, processes"):
        choose({"CLUSTER": asked})


def test_kind_needs_its_program_docker_and_a_daemon_that_answers(bench: Bench) -> None:
    assert no_kind() == "kind is not on PATH"
    bench.install("kind")
    assert no_kind() == "docker is not on PATH"
    bench.install("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    assert no_kind() == "no Docker daemon answers"
    bench.install("docker", "echo 27.0")
    assert no_kind() is None
    assert bench.calls() == ["docker info --format {{.ServerVersion}}"] * 2


def test_a_daemon_that_hangs_is_none(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shutil.which("sleep")
    bench.install("kind")
    bench.install("docker", "exec sleep 30")
    monkeypatch.setattr(choice, "DOCKER_SECONDS", 0.05)
    assert no_kind() == "the Docker daemon did not answer within 0 s"


def test_the_users_kubeconfig_is_where_kubectl_looks_for_it() -> None:
    assert user_kubeconfig({"KUBECONFIG": "/etc/config"}) == Path("/etc/config")
    assert user_kubeconfig({}) == user_kubeconfig({"KUBECONFIG": ""}) == Path.home() / ".kube/config"


def test_what_is_up_is_remembered_until_it_is_down(state: State) -> None:
    assert running_kind(state) is None
    note_running(state, ClusterKind.KIND)
    assert running_kind(state) is ClusterKind.KIND
    note_running(state, None)
    note_running(state, None)
    assert running_kind(state) is None


def test_a_note_that_nobody_understands_is_none(state: State) -> None:
    (state.directory / "cluster").write_text("minikube")
    assert running_kind(state) is None


def test_a_second_cluster_beside_the_one_that_is_up_is_refused(state: State) -> None:
    require_same(state, ClusterKind.NODE)
    note_running(state, ClusterKind.NODE)
    require_same(state, ClusterKind.NODE)
    with pytest.raises(LocalError, match=r"^The platform is up on CLUSTER=node: run `make down` first"):
        require_same(state, ClusterKind.PROCESSES)
    note_running(state, None)
    require_same(state, ClusterKind.PROCESSES)
