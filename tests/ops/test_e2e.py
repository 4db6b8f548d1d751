"""`make test-e2e` says why it skips, and leaves out what cannot be built in time, the largest first."""

from collections.abc import Sequence

import pytest

from ops import e2e
from ops.e2e import SUITE_MINUTES, affordable, main
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import Tool


@pytest.fixture
def nothing_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program must be built, as on a new machine."""

    def estimated(tools: Sequence[Tool]) -> float:
        return sum(tool.build_seconds for tool in tools)

    monkeypatch.setattr(e2e, "estimated_seconds", estimated)


def test_without_a_limit_nothing_is_left_out(nothing_built: None) -> None:
    assert set(affordable(None) or ()) == set(OperatorName)


def test_the_largest_is_left_out_first(nothing_built: None) -> None:
    everything = e2e.estimated_seconds(
        [*e2e.TOOLS, *e2e.NODE_TOOLS, e2e.HELM, *(tool for tools in OPERATOR_TOOLS.values() for tool in tools)]
    )
    minutes = everything * e2e.LOADED / 60 + SUITE_MINUTES
    assert OperatorName.KEDA in (affordable(minutes) or ())
    assert set(OperatorName) - set(affordable(minutes - 1) or ()) == {OperatorName.KEDA}


def test_what_nothing_runs_without_is_never_left_out(nothing_built: None) -> None:
    assert affordable(SUITE_MINUTES + 1) is None


def test_what_is_built_already_is_kept_however_little_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e2e, "estimated_seconds", lambda _: 0.0)
    assert set(affordable(SUITE_MINUTES) or ()) == set(OperatorName)


def test_where_no_node_can_run_it_says_why_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(e2e, "obstacle", lambda: "it needs root")
    assert main([]) == 0
    assert capsys.readouterr().out == "SKIPPED: no node here: it needs root\n"


def test_without_time_for_any_of_it_it_says_so_and_nothing_fails(
    nothing_built: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(e2e, "obstacle", lambda: None)
    assert main(["--minutes", "13"]) == 0
    assert capsys.readouterr().out == "SKIPPED: what a node needs cannot be built in the 13 minutes that are left\n"
