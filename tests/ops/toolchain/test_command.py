"""``python -m ops.toolchain`` has what is named and says what is not known."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ops.toolchain import __main__ as command
from ops.toolchain.cache import Report
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import Tool, ToolName


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[ToolName]:
    """What the command wants to have; it is given at once."""
    wanted: list[ToolName] = []

    def give(tools: Sequence[Tool], report: Report) -> dict[ToolName, Path]:
        wanted.extend(tool.name for tool in tools)
        return {tool.name: tmp_path / tool.name for tool in tools}

    monkeypatch.setattr(command, "ensure_group", give)
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path))
    return wanted


def test_named_operators_and_no_others_are_had(asked: list[ToolName], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["operators", "keda", "coredns"]) == 0
    assert asked == [tool.name for name in ("coredns", "keda") for tool in OPERATOR_TOOLS[OperatorName(name)]]
    said = capsys.readouterr()
    assert said.out.splitlines()[0].startswith("coredns: ")
    assert "takes up to" in said.err


def test_without_names_all_operators_are_had(asked: list[ToolName]) -> None:
    assert command.main(["operators"]) == 0
    assert asked == [tool.name for tools in OPERATOR_TOOLS.values() for tool in tools]


def test_a_node_s_programs_are_had(asked: list[ToolName]) -> None:
    assert command.main(["node"]) == 0
    assert ToolName.KUBELET in asked and ToolName.APISERVER not in asked


def test_an_unknown_operator_is_one_sentence(asked: list[ToolName], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["operators", "istio"]) == 1
    assert "There is no operator 'istio': name some of cloudnative-pg, coredns" in capsys.readouterr().err
    assert asked == []
