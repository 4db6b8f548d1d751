"""`make test` ends with one line of totals that hides no failure."""

import json
from pathlib import Path

import pytest

from ops import testing
from ops.testing import Totals, count

XML = """<testsuites><testsuite tests="7" failures="1" errors="2" skipped="1"/>
<testsuite tests="3" failures="0" errors="0" skipped="0"/></testsuites>"""


def test_suites_are_added_up(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(XML)
    totals = Totals()
    count(report, totals)
    assert (totals.passed, totals.failed, totals.skipped) == (6, 3, 1)
    assert not totals.good


def test_the_line_names_what_is_not_clean() -> None:
    totals = Totals({"lint": True, "types": False}, passed=5, seconds=12.3)
    assert totals.line() == "FAILED: lint clean, types FAILED; 5 passed, 0 failed, 0 skipped; 12 s"
    assert not totals.good


def test_lint_alone_runs_no_tests(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    called: list[str] = []

    def call(command: list[str]) -> int:
        called.append(command[0])
        return 0

    monkeypatch.setattr(testing, "call", call)
    assert testing.main(["--lint", "--json"]) == 0
    assert called == ["ruff", "ruff", "basedpyright"]
    assert json.loads(capsys.readouterr().out)["checks"] == {"lint": True, "format": True, "types": True}


def test_pytest_that_ends_without_a_report_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(testing, "REPORT", tmp_path / "none.xml")
    monkeypatch.setattr(testing, "call", lambda _: 3)
    totals = Totals()
    testing.test([], totals)
    assert not totals.good
