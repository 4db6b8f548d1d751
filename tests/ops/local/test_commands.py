"""Every command does its work on the cluster that is up, and `make up` on the one it chose."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.local import logs, outputs, status, up
from ops.local.clusters.choice import Choice, note_running, running_kind
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.state import State

PODS = [ClusterKind.NODE, ClusterKind.KIND, ClusterKind.CONTEXT]


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A state directory."""
    state = State(tmp_path / "state")
    state.make()
    return state


@pytest.fixture
def brought_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was brought up; nothing is."""
    done: list[str] = []
    monkeypatch.setattr(up.as_processes, "up", lambda *_: done.append("processes") or 0)
    monkeypatch.setattr(up.as_pods, "up", lambda _, kind, __: done.append(f"pods on {kind}") or 0)
    return done


@pytest.mark.parametrize("kind", list(ClusterKind))
def test_the_chosen_cluster_is_named_with_the_reason_noted_and_used(
    kind: ClusterKind,
    state: State,
    brought_up: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(up, "choose", lambda: Choice(kind, "no node, since a; no kind, since b"))
    assert up.up(state) == 0
    assert capsys.readouterr().out == f"cluster: {kind}, no node, since a; no kind, since b\n"
    assert running_kind(state) is kind
    assert brought_up == [f"pods on {kind}" if kind in PODS else "processes"]


def test_nothing_is_brought_up_beside_another_cluster(
    state: State, brought_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    note_running(state, ClusterKind.NODE)
    monkeypatch.setattr(up, "choose", lambda: Choice(ClusterKind.PROCESSES, "as CLUSTER says"))
    with pytest.raises(LocalError, match="is up on CLUSTER=node"):
        up.up(state)
    assert brought_up == []
    assert running_kind(state) is ClusterKind.NODE


def test_a_misspelt_operator_is_refused_before_anything_is_noted(
    state: State, brought_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPERATORS", "keda velro")
    monkeypatch.setattr(up, "choose", lambda: Choice(ClusterKind.NODE, "as CLUSTER says"))
    with pytest.raises(LocalError, match="OPERATORS names velro"):
        up.up(state)
    assert brought_up == []
    assert running_kind(state) is None


def test_an_impossible_port_is_refused_before_anything_is_noted(
    state: State, brought_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_PORT_OFFSET", "x")
    with pytest.raises(LocalError, match="MCP_PORT_OFFSET"):
        up.up(state)
    assert (brought_up, running_kind(state)) == ([], None)


@pytest.mark.parametrize("kind", [None, *ClusterKind])
def test_logs_are_those_of_pods_where_pods_run_and_of_processes_else(
    kind: ClusterKind | None, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_running(state, kind)
    shown: list[tuple[str, str | None, bool]] = []
    monkeypatch.setattr(
        logs.pod_logs, "logs", lambda _, kind, __, name, *, follow: shown.append((kind, name, follow)) or 0
    )
    monkeypatch.setattr(
        logs.process_logs, "logs", lambda _, name, *, follow: shown.append(("processes", name, follow)) or 0
    )
    assert logs.logs(state, "engine", follow=True) == 0
    assert shown == [(kind or ClusterKind.PROCESSES, "engine", True)]


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("kind", [None, *ClusterKind])
def test_status_is_that_of_what_is_up_and_its_exit_code_whether_it_is_ready(
    kind: ClusterKind | None,
    ready: bool,
    state: State,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    note_running(state, kind)
    for part, name in ((status.pod_status, "pods"), (status.process_status, "processes")):
        monkeypatch.setattr(part, "report", lambda _, name=name: {"ready": ready, name: []})
        monkeypatch.setattr(part, "table", lambda document: f"table of {document['cluster']}")
    connection = tmp_path / "platform.json"
    connection.write_text('{"http_url": "http://here", "ws_url": "ws://here", "token_file": "/token"}')
    monkeypatch.setattr(status, "CONNECTION", connection)
    assert status.status(state, as_json=True) == (0 if ready else 1)
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["cluster"] == (kind or ClusterKind.PROCESSES)
    assert ("pods" in document) is (kind in PODS)
    assert (document["http_url"], document["state_dir"]) == ("http://here", str(state.directory))
    status.status(state, as_json=False)
    assert capsys.readouterr().out == (
        f"table of {kind or ClusterKind.PROCESSES}\nAPI http://here   events ws://here\n"
    )


def test_where_nothing_was_ever_up_status_still_says_so(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "CONNECTION", tmp_path / "absent.json")
    assert status.status(state, as_json=False) == 1
    assert capsys.readouterr().out == "nothing is running: `make up` starts the platform\n"


@pytest.mark.parametrize("kind", list(ClusterKind))
def test_outputs_are_those_of_the_stack_on_what_is_up(
    kind: ClusterKind, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    class Standing:
        home = Path("/home")

        def __init__(self, directory: Path, *_: object) -> None:
            asked.append(directory)

        def outputs(self, _plugins: object) -> dict[str, str]:
            return {"url": "http://here"}

    class Tools:
        pulumi = Path("/pulumi")

    monkeypatch.setattr(outputs, "LocalStack", Standing)
    monkeypatch.setattr(outputs, "ensure_tools", lambda _: Tools)
    monkeypatch.setattr(outputs, "plugins_for", lambda *_: None)
    note_running(state, kind)
    with pytest.raises(LocalError, match="does not exist yet: run `make up` first"):
        outputs.outputs(state)
    state.stack_on(kind).mkdir(exist_ok=True)
    (state.stack_on(kind) / "passphrase").touch()
    assert outputs.outputs(state) == {"url": "http://here"}
    assert asked == [state.stack_on(kind)]


def test_no_two_kinds_share_a_stack(state: State) -> None:
    assert len({state.stack_on(kind) for kind in ClusterKind}) == len(ClusterKind)
