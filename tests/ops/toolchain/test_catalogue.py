"""What the catalogue says of the tools agrees with the Go modules that pin them."""

import re
from pathlib import Path

import pytest

from ops.toolchain.alerting import ALERTING
from ops.toolchain.catalogue import MODULES, NODE_TOOLS, TOOLS
from ops.toolchain.helm import HELM
from ops.toolchain.linters import LINTERS
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import Tool, ToolName

OPERATORS = tuple(tool for tools in OPERATOR_TOOLS.values() for tool in tools)
ALL = (*TOOLS, *NODE_TOOLS, HELM, *LINTERS, *OPERATORS, *(tool for tool in ALERTING if tool not in OPERATORS))
OF_PROMETHEUS = {ToolName.PROMETHEUS, ToolName.PROMTOOL}
each_tool = pytest.mark.parametrize("tool", ALL, ids=lambda tool: tool.name)


def required(tool: Tool) -> dict[str, str]:
    """Return the modules that a tool's module requires, with their versions."""
    text = (tool.module / "go.mod").read_text(encoding="utf-8")
    return dict(re.findall(r"^(?:require )?\s*([\w./-]+\.[\w./-]+) v(\S+)", text, re.MULTILINE))


def root(tool: Tool) -> str:
    """Return the module that has a tool's sources, the longest whose path begins its package's."""
    ours = {
        "coredns": "github.com/coredns/coredns",
        "cert-manager": "github.com/cert-manager/cert-manager",
        "trivy": "github.com/aquasecurity/trivy",
        "alertmanager": "github.com/prometheus/alertmanager",
    }
    if tool.module.name in ours:
        return ours[tool.module.name]
    return max((each for each in required(tool) if f"{tool.package}/".startswith(f"{each}/")), key=len)


@each_tool
def test_the_version_is_the_one_that_the_module_pins(tool: Tool) -> None:
    version = f"0.{tool.version.replace('.', '', 1)}" if tool.name in OF_PROMETHEUS else tool.version
    assert required(tool)[root(tool)] == version


@each_tool
def test_the_contents_of_the_sources_are_pinned(tool: Tool) -> None:
    sums = (tool.module / "go.sum").read_text(encoding="utf-8")
    assert f"\n{root(tool)} v{required(tool)[root(tool)]} h1:" in f"\n{sums}"


@each_tool
def test_the_package_is_one_that_the_module_keeps(tool: Tool) -> None:
    own = re.search(r"^module (\S+)", (tool.module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert own is not None
    if tool.package.startswith(own[1]):
        mains = (tool.module / tool.package.removeprefix(own[1]).lstrip("/")).glob("*.go")
        assert any("func main()" in each.read_text(encoding="utf-8") for each in mains)
    else:
        assert f'_ "{tool.package}"' in (tool.module / "tools.go").read_text(encoding="utf-8")


@each_tool
def test_a_tool_on_path_is_taken_in_a_range_around_the_pinned_version(tool: Tool) -> None:
    if tool.on_path is not None:
        major, minor, *_ = map(int, tool.version.split("."))
        assert tool.on_path.at_least <= (major, minor) < tool.on_path.below


def test_names_are_unique_and_every_module_is_used() -> None:
    assert sorted(tool.name for tool in ALL) == sorted(ToolName)
    assert {tool.module for tool in ALL} == {each for each in MODULES.iterdir() if each.is_dir()}
    assert set(OPERATOR_TOOLS) == set(OperatorName)


def test_no_module_names_a_path_or_an_address_of_a_registry() -> None:
    for file in (each for suffix in ("mod", "go") for each in MODULES.rglob(f"*.{suffix}")):
        text = file.read_text(encoding="utf-8")
        assert "://" not in text, file
        assert not re.search(r"=>\s*[./]", text), file


def test_what_runs_in_an_empty_image_is_built_for_linux() -> None:
    assert {tool.system for tools in OPERATOR_TOOLS.values() for tool in tools} == {"linux"}


def test_a_program_with_a_main_of_ours_is_built_again_when_that_changes(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n")
    tool = Tool(name=ToolName.COREDNS, version="1.2.3", module=tmp_path, package="ours", build_seconds=1)
    before = tool.edition
    assert before.startswith("1.2.3-")
    (tmp_path / "main.go").write_text("package main // changed\n")
    assert tool.edition != before


def test_a_program_of_somebody_else_is_kept_by_its_version_alone(tmp_path: Path) -> None:
    (tmp_path / "tools.go").write_text("package tools\n")
    tool = Tool(name=ToolName.ETCD, version="1.2.3", module=tmp_path, package="theirs", build_seconds=1)
    assert tool.edition == "1.2.3"
