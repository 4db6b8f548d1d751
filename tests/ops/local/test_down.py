"""`make down` ends what is up and keeps its data; purged, nothing of any cluster is left. Stand-ins for clusters."""

from pathlib import Path

import pytest

from ops.local import down as module
from ops.local.clusters.choice import note_running, running_kind
from ops.local.clusters.kinds import ClusterKind
from ops.local.down import down, end_pods
from ops.local.state import State

TRACES = {
    ClusterKind.NODE: "node/run/processes.json",
    ClusterKind.KIND: "kind.kubeconfig",
    ClusterKind.CONTEXT: "pulumi-context/passphrase",
}
"""What a cluster that was up once leaves behind."""
did: list[str] = []


class Standing:
    """Stands for a cluster."""

    def __init__(self, kind: ClusterKind) -> None:
        self.kind = kind

    def stop(self) -> str:
        did.append(f"stop {self.kind}")
        return "" if self.kind is ClusterKind.CONTEXT else f"the {self.kind}"

    def wipe(self) -> None:
        did.append(f"wipe {self.kind}")


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cluster is touched; each deed is noted."""
    did.clear()
    monkeypatch.setattr(module, "cluster", lambda kind, *_: Standing(kind))
    monkeypatch.setattr(module, "destroy", lambda _, kind, *__: did.append(f"destroy on {kind}"))
    monkeypatch.setattr(module, "ensure_tools", lambda _: None)
    monkeypatch.setattr(module, "CONNECTION", tmp_path / "platform.json")


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A state directory."""
    state = State(tmp_path / "state")
    state.make()
    return state


def leave(state: State, *kinds: ClusterKind) -> None:
    """Leave what clusters of these kinds leave behind."""
    for kind in kinds:
        path = state.directory / TRACES[kind]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize("kind", list(TRACES))
def test_what_is_up_is_stopped_and_nothing_is_removed(kind: ClusterKind, state: State) -> None:
    leave(state, *TRACES)
    note_running(state, kind)
    end_pods(state, purge=False)
    assert did == [f"stop {kind}"]


def test_where_nothing_runs_nothing_is_stopped(state: State) -> None:
    assert end_pods(state, purge=False) == []
    note_running(state, ClusterKind.PROCESSES)
    assert end_pods(state, purge=False) == []
    assert did == []


def test_a_node_that_nobody_noted_is_stopped_too(state: State) -> None:
    """A `make up` that was killed may have got no further."""
    leave(state, ClusterKind.NODE)
    assert end_pods(state, purge=False) == ["the node"]


def test_purging_takes_the_stack_out_of_a_users_cluster_before_its_state_goes(state: State) -> None:
    leave(state, ClusterKind.CONTEXT)
    note_running(state, ClusterKind.CONTEXT)
    assert end_pods(state, purge=True) == []
    assert did == ["destroy on context", "stop context", "wipe context"]


def test_purging_removes_also_what_was_taken_down_before(state: State) -> None:
    """Else a stopped container, or a stack whose state is gone, would stay for ever."""
    leave(state, *TRACES)
    assert end_pods(state, purge=True) == ["the node", "the kind"]
    assert did == [
        *("stop node", "wipe node"),
        *("stop kind", "wipe kind"),
        *("destroy on context", "stop context", "wipe context"),
    ]


def test_purging_a_platform_of_bare_processes_asks_no_cluster(state: State) -> None:
    note_running(state, ClusterKind.PROCESSES)
    end_pods(state, purge=True)
    assert did == []


@pytest.mark.parametrize("purge", [False, True])
def test_afterwards_nothing_is_said_to_be_up(
    purge: bool, state: State, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note_running(state, ClusterKind.NODE)
    leave(state, ClusterKind.NODE)
    (tmp_path / "platform.json").touch()
    assert down(state, purge=purge) == 0
    assert running_kind(state) is None
    assert not (tmp_path / "platform.json").exists()
    assert state.directory.exists() is not purge
    said = capsys.readouterr().out
    assert "ended: the node" in said
    assert (f"removed {state.directory}" in said) is purge
