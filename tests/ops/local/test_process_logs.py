"""Logs are shown from their last lines on, line by line, whatever is half-written."""

from pathlib import Path

import pytest

from ops.local.failure import LocalError
from ops.local.process_logs import Tail, find
from ops.local.state import State


def test_first_the_last_lines_then_only_new_ones(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("1\n2\n3\nhal")
    tail = Tail(log, lines=2)
    assert list(tail.new()) == ["2", "3"]
    assert list(tail.new()) == []
    with log.open("a") as file:
        file.write("f\n5\n")
    assert list(tail.new()) == ["half", "5"]


def test_a_log_that_began_anew_is_read_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("long enough\n")
    tail = Tail(log)
    list(tail.new())
    log.write_text("new\n")
    assert list(tail.new()) == ["new"]


def test_a_log_is_found_by_the_beginning_of_its_name(tmp_path: Path) -> None:
    state = State(tmp_path)
    with pytest.raises(LocalError, match="no logs yet"):
        find(state, None)
    state.logs.mkdir()
    for name in ("orchestration-engine", "developer-agent"):
        state.log(name).touch()
    assert list(find(state, "orch")) == ["orchestration-engine"]
    assert len(find(state, None)) == 2
    with pytest.raises(LocalError, match="no log of x: choose one of developer-agent, orchestration-engine"):
        find(state, "x")
