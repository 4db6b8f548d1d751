"""Every panel's query is PromQL that Prometheus's own checker reads."""

import subprocess
from pathlib import Path

import pytest
import yaml

from infra.monitoring.dashboards.model import Board
from ops.toolchain.alerting import PROMTOOL
from ops.toolchain.tools import ensure_group

SECONDS = 60


@pytest.fixture(scope="module")
def promtool() -> Path:
    return dict(ensure_group((PROMTOOL,), print))[PROMTOOL.name]


def checked(promtool: Path, directory: Path, expressions: list[str]) -> subprocess.CompletedProcess[str]:
    """What promtool says of a file of recording rules with these expressions."""
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions)]
    file = directory / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    command = [str(promtool), "check", "rules", "--lint=none", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def test_every_query_is_promql(promtool: Path, tmp_path: Path, all_boards: tuple[Board, ...]) -> None:
    expressions = [query.expr for board in all_boards for panel in board.panels for query in panel.queries]
    done = checked(promtool, tmp_path, expressions)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(expressions)} rules found" in done.stdout


def test_the_checker_refuses_what_is_none(promtool: Path, tmp_path: Path) -> None:
    assert checked(promtool, tmp_path, ["sum by (le) (rate(up[5m])"]).returncode != 0
