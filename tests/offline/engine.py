"""A tiny Pulumi project with the real CLI, for tests of the plugins themselves."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ops.toolchain.plugins import OFFLINE_PLUGINS, PluginKind, Plugins
from ops.toolchain.tools import Tools

SECONDS = 120
HEADER = """
import pulumi, pulumi_kubernetes as k8s, pulumi_random
provider = k8s.Provider("k8s", enable_config_map_mutable=True, enable_secret_mutable=True)
options = pulumi.ResourceOptions(provider=provider)
config = pulumi.Config()
"""


@dataclass(frozen=True)
class Said:
    """Exit code and everything a command printed."""

    code: int
    text: str

    @property
    def changes(self) -> dict[str, int]:
        """What an update did: ``created``, ``updated``, ``replaced``, ``deleted``, ``unchanged`` -> number."""
        summary = self.text.rpartition("Resources:")[2].partition("Duration:")[0]
        found = re.findall(r"(\d+) (created|updated|replaced|deleted|unchanged)", summary)
        return {what: int(number) for number, what in found}


class Engine:
    """One stack of one program.

    Args:
        directory: empty; project, state and Pulumi's home go there.
        tools: the programs.
        kubeconfig: of the API server.
    """

    def __init__(self, directory: Path, tools: Tools, kubeconfig: Path) -> None:
        self._directory = directory
        self._pulumi = str(tools.pulumi)
        state = directory / "state"
        state.mkdir()
        python = Path(sys.executable).parent
        plugins = Plugins(PluginKind.OFFLINE, (OFFLINE_PLUGINS, python))
        self.environment = {
            **plugins.environment(directory / "home", state, "throw-away"),
            "KUBECONFIG": str(kubeconfig),
        }
        (directory / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
        self.run("stack", "init", "dev")

    def program(self, source: str) -> None:
        """Set the program; ``k8s``, ``options`` (with the provider) and ``config`` are there."""
        (self._directory / "__main__.py").write_text(HEADER + source)

    def run(self, *arguments: str) -> Said:
        """Run one command of the CLI."""
        done = subprocess.run(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self._directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Said(done.returncode, done.stdout + done.stderr)

    def up(self, *arguments: str) -> Said:
        """Update without asking."""
        return self.run("up", "--yes", "--skip-preview", *arguments)

    def destroy(self) -> Said:
        """Destroy without asking."""
        return self.run("destroy", "--yes", "--skip-preview")

    def state(self) -> str:
        """The exported state."""
        return self.run("stack", "export").text

    def operations(self, *arguments: str) -> dict[str, int]:
        """Operation -> number, of a preview."""
        text = self.run("preview", "--json", *arguments).text
        summary: dict[str, int] = json.loads(text[text.index("{") : text.rindex("}") + 1])["changeSummary"]
        return summary
