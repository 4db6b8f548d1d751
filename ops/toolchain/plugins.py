"""Which Pulumi plugins a run uses: the official ones, or the project's offline ones."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from ops.toolchain.cache import Report
from ops.toolchain.failure import ToolchainError
from ops.toolchain.tools import Tools

CHOICE = "MCP_PLUGINS"
OFFLINE_PLUGINS = Path(__file__).parents[2] / "tests" / "offline" / "plugins"
PROVIDERS = ("kubernetes", "random")
INSTALL_SECONDS = 60.0


class PluginKind(StrEnum):
    """Where plugins come from; the values are those of ``MCP_PLUGINS``."""

    OFFICIAL = "official"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Plugins:
    """The plugins of one run, and the environment in which the CLI finds them."""

    kind: PluginKind
    path: tuple[Path, ...]
    """What comes first on PATH, in the CLI's process only."""

    def environment(self, home: Path, backend: Path, passphrase: str) -> dict[str, str]:
        """Return the whole environment of a ``pulumi`` process on a file backend.

        Args:
            home: PULUMI_HOME.
            backend: directory of the state; must exist.
            passphrase: of the stack's secrets.
        """
        return {
            **os.environ,
            "PATH": os.pathsep.join([*map(str, self.path), os.environ.get("PATH", os.defpath)]),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": passphrase,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
        }


def plugins_for(tools: Tools, home: Path, report: Report = lambda _: None) -> Plugins:
    """Choose the plugins.

    The offline ones, unless ``MCP_PLUGINS=official``: they are what is tested against a control plane without nodes,
    whichever way the CLI was had. The official ones are downloaded, and need the CLI's own language host beside it.

    Raises:
        ToolchainError: the official ones are demanded and cannot be had, or the choice is neither.
    """
    choice = os.environ.get(CHOICE, "")
    if choice not in ("", *PluginKind):
        raise ToolchainError(f"{CHOICE} is {choice!r}: set it to official or offline, or leave it out.")
    python = Path(sys.executable).parent
    beside = tools.pulumi.resolve().with_name("pulumi-language-python")
    if choice == PluginKind.OFFICIAL:
        if beside.exists() and _installed(tools, home, report):
            return Plugins(PluginKind.OFFICIAL, (tools.pulumi.parent, python))
        raise ToolchainError(
            f"{CHOICE}=official, but {tools.pulumi} has no language host beside it or its providers cannot be "
            f"downloaded: install Pulumi from https://www.pulumi.com/docs/install/, or unset {CHOICE}."
        )
    return Plugins(PluginKind.OFFLINE, (OFFLINE_PLUGINS, python, tools.pulumi.parent))


def _installed(tools: Tools, home: Path, report: Report) -> bool:
    return all(_install(tools, home, name, report, subprocess.run) for name in PROVIDERS)


def _install(
    tools: Tools, home: Path, name: str, report: Report, run: Callable[..., "subprocess.CompletedProcess[bytes]"]
) -> bool:
    report(f"having Pulumi's {name} provider")
    try:
        done = run(
            [str(tools.pulumi), "plugin", "install", "resource", name, version(f"pulumi-{name}")],
            env={**os.environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
