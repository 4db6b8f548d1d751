"""A copy of the working tree, with a state and ports of its own, used as a newcomer would: by `make`."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ops.bootstrap import ROOT
from ops.local.ports import PortPlan
from ops.local.stack import LocalStack
from ops.local.state import State
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tools import ensure_tools

OFFSET = 13000
"""Every port stays below those that the system gives to outgoing connections."""
DEADLINE = 900.0
LOG = ROOT / ".local" / "test" / "up.log"
STACK = "local"
STACK_FILE = f"Pulumi.{STACK}.yaml"
SETTINGS = "mcp:settings"


@dataclass(frozen=True)
class Clone:
    """Where the copy is, and what it runs."""

    root: Path
    state: State

    @property
    def ports(self) -> PortPlan:
        """Ports of everything it runs."""
        return PortPlan(OFFSET)

    @property
    def url(self) -> str:
        """Of the engine's API."""
        return f"http://127.0.0.1:{self.ports.engine}"

    @property
    def kubeconfig(self) -> Path:
        """The node's administrator's."""
        return self.state.node / "kubeconfig"

    def make(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `make` in the copy, with nothing of ours in the environment but the machine's cache."""
        foreign = (
            "PULUMI_",
            "MCP_",
            "PYTEST",
            "MAKE",
            "CLUSTER",
            "OPERATORS",
            "KUBECONFIG",
            "VIRTUAL_ENV",
            "ARGS",
            "NAME",
            "MFLAGS",
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        for name in ("MCP_PLATFORM_CACHE", "OPERATORS"):
            if name in os.environ:
                kept[name] = os.environ[name]
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=self.root,
            env=kept | {"MCP_PLATFORM_STATE": str(self.state.directory), "MCP_PORT_OFFSET": str(OFFSET)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    def up(self) -> str:
        """`make up CLUSTER=node`; what it printed, which is kept in `.local/test/up.log` with its times."""
        printed = self.done("up", "CLUSTER=node")
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("a", encoding="utf-8") as log:
            log.write(printed)
        return printed

    def done(self, *arguments: str) -> str:
        """Run `make` and hold it to success; what it printed."""
        ran = self.make(*arguments)
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-3000:]
        return ran.stdout

    def settings(self, **changes: Any) -> None:
        """Change settings of the copy's stack file; objects are merged one level deep."""
        path = self.root / STACK_FILE
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        current = document["config"][SETTINGS]
        for key, value in changes.items():
            current[key] = current.get(key, {}) | value if isinstance(value, dict) else value
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def pulumi(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the Pulumi CLI on the copy's stack, as the last `make up` left it."""
        tools = ensure_tools(print)
        stack = LocalStack(self.state.directory / "pulumi-node", tools.pulumi, self.kubeconfig)
        return subprocess.run(
            [str(tools.pulumi), *arguments, "--stack", STACK, "--non-interactive", "--color", "never"],
            cwd=stack.project,
            env=stack.environment(plugins_for(tools, stack.home)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )


def copy_of_the_tree(directory: Path) -> Clone:
    """Every file that git tracks or would track, as it is now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    root = directory / "clone"
    for name in listed.split("\0"):
        source = ROOT / name
        if name and source.is_file():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return Clone(root, State(directory / "state"))
