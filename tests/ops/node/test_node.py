"""The node as one thing, where none runs or a sleeping process stands for its first one. No namespace is made here."""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.controlplane.api import ApiError
from ops.controlplane.ports import LOOPBACK, free_ports
from ops.controlplane.processes import Lifetime, ProcessRecord, is_alive, start, stop
from ops.node import node as module
from ops.node.failure import NodeError
from ops.node.forward import Forward
from ops.node.node import FIRST, HOLDER, SERVICE_PORTS, SPEC, Health, Node

ENGINE = "mcp-orchestration/engine"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A node that was never started."""
    return Node(tmp_path / "node", None, None, api_port=free_ports(1)[0])


@pytest.fixture
def running(node: Node) -> Iterator[Node]:
    """A node whose first process is a sleeping one."""
    node.layout.make()
    first = sleeping(node, FIRST)
    note(node, first)
    (node.layout.run / SPEC).write_text("{}")
    yield node
    stop([first, *node.processes().values()])


def sleeping(node: Node, name: str) -> ProcessRecord:
    """A process that does nothing."""
    command = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
    return start(name, command, node.layout.log(name), Lifetime.DETACHED)


def note(node: Node, *records: ProcessRecord) -> None:
    """Record these processes as the node's."""
    (node.layout.run / "processes.json").write_text(json.dumps([asdict(each) for each in records]))


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any]) -> None:
    """Let ``answer`` stand for the API server's word on the node."""

    class Answering:
        @staticmethod
        def from_kubeconfig(*_: object, **__: object) -> "Answering":
            return Answering()

        def get(self, *_: object) -> Any:
            return answer()

        def close(self) -> None:
            pass

    monkeypatch.setattr(module, "Api", Answering)


def heartbeat(node: Node, status: str, seconds: float) -> dict[str, Any]:
    """A Node object whose kubelet spoke so long after the node's present life began."""
    begun = datetime.fromtimestamp((node.layout.run / SPEC).stat().st_mtime, UTC)
    time = (begun + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    other = {"type": "MemoryPressure", "status": "False", "lastHeartbeatTime": time}
    return {"status": {"conditions": [other, {"type": "Ready", "status": status, "lastHeartbeatTime": time}]}}


def test_where_nothing_runs_nothing_is_running_or_ready_and_nothing_is_made(node: Node) -> None:
    assert node.health() == Health(running=False, ready=False, servers={})
    assert node.processes() == {}
    node.stop()
    assert not node.layout.directory.exists()


def test_a_first_process_that_is_gone_is_no_node(running: Node) -> None:
    stop([running.processes()[FIRST]])
    assert running.health() == Health(running=False, ready=False, servers={})
    with pytest.raises(NodeError, match="The node does not run: `make up CLUSTER=node` starts it"):
        running.inside("true")


def test_half_a_record_is_none(running: Node) -> None:
    records = running.layout.run / "processes.json"
    whole = records.read_text()
    records.write_text(whole[:-5])
    assert running.processes() == {}
    records.write_text(whole)


def test_a_command_runs_inside_the_first_process_and_not_in_its_holder(running: Node) -> None:
    first, holder = running.processes()[FIRST], sleeping(running, HOLDER)
    note(running, holder, first)
    assert running.inside("ctr", "version")[:3] == ["nsenter", "-t", str(first.pid)]


def test_nothing_is_run_inside_where_no_node_is(node: Node) -> None:
    with pytest.raises(NodeError, match="does not run"):
        node.inside("true")


@pytest.mark.parametrize(
    ("status", "seconds", "ready"),
    [("True", 5, True), ("False", 5, False), ("Unknown", 5, False), ("True", -5, False)],
    ids=["ready", "not ready", "unknown", "of an earlier life"],
)
def test_it_is_ready_when_its_kubelet_has_said_so_in_this_life(
    status: str, seconds: float, ready: bool, running: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda: heartbeat(running, status, seconds))
    assert running.health() == Health(running=True, ready=ready, servers={})


@pytest.mark.parametrize("error", [ApiError(401, "Unauthorized", "no"), httpx.ConnectError("refused"), None])
def test_it_is_not_ready_where_the_api_server_has_no_answer(
    error: Exception | None, running: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        if error is not None:
            raise error

    answering(monkeypatch, refuse)
    assert running.health().ready is False


def test_it_is_not_ready_before_it_has_a_kubeconfig(running: Node) -> None:
    assert running.health().ready is False


def test_servers_that_are_down_are_left_out_and_restarts_counted(
    running: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda: None)
    told = {"etcd": {"running": True, "restarts": 2}, "kubelet": {"running": False, "restarts": 7}}
    (running.layout.run / "servers.json").write_text(json.dumps(told))
    assert running.health().servers == {"etcd": 2}


def test_a_node_that_is_ready_is_not_started_again(running: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda: heartbeat(running, "True", 5))
    said: list[str] = []
    before = running.processes()
    running.start(report=said.append)
    assert said == ["the node runs already"]
    assert running.processes() == before and is_alive(before[FIRST])


def test_one_that_cannot_start_leaves_nothing_running(running: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda: heartbeat(running, "False", 5))
    first = running.processes()[FIRST]
    with pytest.raises(NodeError, match="programs are not known here"):
        running.start()
    assert running.processes() == {}
    assert not is_alive(first)


def test_stopping_ends_every_recorded_process_and_keeps_the_data(running: Node) -> None:
    records = [running.processes()[FIRST], sleeping(running, HOLDER), sleeping(running, SERVICE_PORTS)]
    note(running, *records)
    (running.layout.volumes / "kept").touch()
    (running.layout.run / "servers.json").write_text("{}")
    running.stop()
    assert not any(is_alive(each) for each in records)
    assert running.processes() == {}
    assert (running.layout.volumes / "kept").exists()
    assert not (running.layout.run / "servers.json").exists()


def test_the_first_process_is_asked_before_its_holder_is_ended(running: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the holder goes, the kernel kills the first process, which then cannot end its servers in good order."""
    order: list[str] = []
    records = [sleeping(running, HOLDER), running.processes()[FIRST], sleeping(running, SERVICE_PORTS)]
    note(running, *records)
    monkeypatch.setattr(module, "stop", lambda given, _=0: order.extend(each.name for each in given))
    running.stop()
    stop(records)
    assert order == [SERVICE_PORTS, FIRST, HOLDER]


def test_a_pid_that_somebody_else_has_now_is_left_alone(node: Node) -> None:
    node.layout.make()
    note(node, ProcessRecord(FIRST, os.getpid(), "1"))
    node.stop()
    assert node.processes() == {}


def test_groups_that_cannot_be_removed_are_said_to_be_in_use(running: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "remove_cgroups", lambda _: False)
    with pytest.raises(NodeError, match=f"Control group {running.layout.cgroup} is still in use"):
        running.stop()


def test_wiping_removes_everything(running: Node) -> None:
    first = running.processes()[FIRST]
    running.wipe()
    assert not is_alive(first)
    assert not running.layout.directory.exists()


def test_a_taken_port_is_refused_by_number_and_purpose_and_nothing_is_started(running: Node) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NodeError, match=f"Port {port} .* needed by {ENGINE}, is taken"):
            running.forward([Forward(port, ENGINE, 80)])
    assert set(running.processes()) == {FIRST}


def test_no_port_leads_into_a_node_that_does_not_run(node: Node) -> None:
    with pytest.raises(NodeError, match="The node does not run"):
        node.forward([Forward(free_ports(1)[0], ENGINE, 80)])
    assert not node.layout.directory.exists()


def test_ports_that_lead_there_already_are_left_alone_and_others_take_their_place(running: Node) -> None:
    """The real forwarding process; it would only enter the node's network when somebody connects."""
    one, two = free_ports(2)
    running.forward([Forward(one, ENGINE, 80)])
    first = running.processes()[SERVICE_PORTS]
    running.forward([Forward(one, ENGINE, 80)])
    assert running.processes()[SERVICE_PORTS] == first
    running.forward([Forward(one, ENGINE, 80), Forward(two, ENGINE, 8001)])
    second = running.processes()[SERVICE_PORTS]
    assert is_alive(second) and not is_alive(first)
