"""Which plugins a run uses, and that they are on PATH nowhere else."""

import os
from pathlib import Path

import pytest

from ops.toolchain import plugins
from ops.toolchain.failure import ToolchainError
from ops.toolchain.plugins import OFFLINE_PLUGINS, PluginKind, plugins_for
from ops.toolchain.tools import Tools


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """A Pulumi CLI in a directory of its own."""
    monkeypatch.delenv("MCP_PLUGINS", raising=False)
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\nexit ${INSTALL_FAILS:-0}\n")
    program.chmod(0o755)
    return Tools(program, program, program, program)


def with_language_host(tools: Tools) -> None:
    """What an official archive has beside the CLI."""
    tools.pulumi.with_name("pulumi-language-python").touch()


def test_the_offline_plugins_are_taken_also_with_an_official_cli(tools: Tools, tmp_path: Path) -> None:
    with_language_host(tools)
    chosen = plugins_for(tools, tmp_path)
    assert chosen.kind is PluginKind.OFFLINE
    assert chosen.path[0] == OFFLINE_PLUGINS


def test_the_official_plugins_are_taken_on_demand(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_language_host(tools)
    monkeypatch.setenv("MCP_PLUGINS", "official")
    chosen = plugins_for(tools, tmp_path)
    assert chosen.kind is PluginKind.OFFICIAL
    assert OFFLINE_PLUGINS not in chosen.path


def test_a_demand_that_cannot_be_met_is_refused_and_not_replaced(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_PLUGINS", "official")
    with pytest.raises(ToolchainError, match="MCP_PLUGINS=official, but"):
        plugins_for(tools, tmp_path)
    with_language_host(tools)
    monkeypatch.setenv("INSTALL_FAILS", "1")
    with pytest.raises(ToolchainError, match="cannot be downloaded"):
        plugins_for(tools, tmp_path)


def test_a_choice_that_does_not_exist_is_refused(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP_PLUGINS", "both")
    with pytest.raises(ToolchainError, match="set it to official or offline"):
        plugins_for(tools, tmp_path)


def test_only_the_subprocess_sees_them(tools: Tools, tmp_path: Path) -> None:
    environment = plugins_for(tools, tmp_path).environment(tmp_path / "home", tmp_path, "x")
    assert environment["PATH"].startswith(str(OFFLINE_PLUGINS))
    assert environment["PULUMI_BACKEND_URL"] == f"file://{tmp_path}"
    assert str(OFFLINE_PLUGINS) not in os.environ["PATH"]


def test_every_offline_plugin_is_executable() -> None:
    names = {"pulumi-language-python", *(f"pulumi-resource-{name}" for name in (*plugins.PROVIDERS, "aws", "gcp"))}
    assert {each.name for each in OFFLINE_PLUGINS.iterdir() if os.access(each, os.X_OK)} == names
