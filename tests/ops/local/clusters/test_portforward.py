"""Forwarded ports are open when they are said to be, and none of an earlier run is left. Stand-ins for kubectl."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.controlplane.processes import ProcessRecord, is_alive
from ops.local.clusters import portforward
from ops.local.clusters.portforward import end, reach
from ops.local.failure import LocalError
from ops.local.state import State
from ops.node.forward import Forward
from tests.ops.local.clusters.conftest import Bench

ENGINE = Forward(8000, "mcp-orchestration/engine", 80)
CACHE = Forward(16379, "cache/redis", 6379)
LISTENS = "echo 'Forwarding from 127.0.0.1'; exec sleep 60"


@pytest.fixture(autouse=True)
def ended(state: State) -> Iterator[None]:
    """No process outlives its test."""
    yield
    end(state)


def records(state: State) -> list[ProcessRecord]:
    """The recorded processes."""
    return [ProcessRecord(**each) for each in json.loads((state.run / "port-forwards.json").read_text())]


def test_there_is_one_process_for_each_port_that_leads_to_its_service(bench: Bench, state: State) -> None:
    reach(state, bench.install("kubectl", LISTENS), Path("/kubeconfig"), [ENGINE, CACHE])
    assert bench.calls() == [
        "kubectl --kubeconfig /kubeconfig --namespace mcp-orchestration port-forward service/engine 8000:80",
        "kubectl --kubeconfig /kubeconfig --namespace cache port-forward service/redis 16379:6379",
    ]
    assert all(is_alive(each) for each in records(state))


def test_a_port_is_waited_for_until_it_listens(bench: Bench, state: State) -> None:
    slow = f"sleep 0.2; touch {bench.directory}/listens; {LISTENS}"
    reach(state, bench.install("kubectl", slow), Path("/kubeconfig"), [ENGINE])
    assert (bench.directory / "listens").exists()


def test_what_an_earlier_process_wrote_is_not_taken_for_the_new_ones_word(bench: Bench, state: State) -> None:
    reach(state, bench.install("kubectl", LISTENS), Path("/kubeconfig"), [ENGINE])
    slow = f"sleep 0.2; touch {bench.directory}/listens; {LISTENS}"
    reach(state, bench.install("kubectl", slow), Path("/kubeconfig"), [ENGINE])
    assert (bench.directory / "listens").exists()


def test_processes_of_an_earlier_run_are_ended_first(bench: Bench, state: State) -> None:
    kubectl = bench.install("kubectl", LISTENS)
    reach(state, kubectl, Path("/kubeconfig"), [ENGINE, CACHE])
    before = records(state)
    reach(state, kubectl, Path("/kubeconfig"), [ENGINE])
    assert not any(is_alive(each) for each in before)
    assert [each.name for each in records(state)] == ["port-forward-8000"]


def test_a_port_that_leads_nowhere_is_said_with_kubectls_last_words(bench: Bench, state: State) -> None:
    kubectl = bench.install("kubectl", "echo 'Error: services \"engine\" not found' >&2; exit 1")
    with pytest.raises(LocalError) as refused:
        reach(state, kubectl, Path("/kubeconfig"), [ENGINE])
    assert str(refused.value) == (
        'Port 8000 does not lead to Service mcp-orchestration/engine: Error: services "engine" not found'
    )


def test_one_that_never_listens_is_not_waited_for_for_ever_and_ended_later(
    bench: Bench, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portforward, "READY_SECONDS", 0.1)
    with pytest.raises(LocalError, match="Port 8000 does not lead to Service"):
        reach(state, bench.install("kubectl", "exec sleep 60"), Path("/kubeconfig"), [ENGINE])
    (record,) = records(state)
    assert end(state) == 1
    assert not is_alive(record)


def test_where_nothing_was_started_there_is_nothing_to_end(state: State) -> None:
    assert end(state) == 0
    (state.run / "port-forwards.json").write_text('[{"half"')
    assert end(state) == 0
