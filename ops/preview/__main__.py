"""``python -m ops.preview STACK [--json]``: preview a stack on an empty state, with every policy.

The cluster is the one that the stack's kubeconfig names. Where it takes the path from an environment variable that is
not set, it is a control plane of this machine's own, with the operators' definitions, that ends with the command.
Plugins are the project's offline ones, or with ``MCP_PLUGINS=official`` Pulumi's.
Exit codes: 0 accepted, 1 refused, 2 no such stack.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.operators import operator_crds
from ops.controlplane.plane import ControlPlane
from ops.controlplane.processes import Lifetime
from ops.controlplane.servers import Programs
from ops.preview.events import Preview
from ops.preview.failure import MISUSED, REFUSED, PreviewError
from ops.preview.project import ROOT, Project, StackFile, kubeconfig_variable
from ops.toolchain.cache import cache_root
from ops.toolchain.failure import ToolchainError
from ops.toolchain.plugins import CHOICE, PluginKind, plugins_for
from ops.toolchain.tools import Tools, ensure_tools

REPORT_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Preview; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.preview", description="What `pulumi up` of a stack would do.")
    parser.add_argument("stack", help="name of a stack, or path of a file Pulumi.<stack>.yaml")
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")
    chosen = parser.parse_args(arguments)
    began, found = time.monotonic(), Preview()
    name = chosen.stack
    try:
        stack = stack_file(chosen.stack)
        name = stack.name
        code = REFUSED if preview(stack, found) else 0
    except PreviewError as error:
        found.errors.append(str(error))
        code = error.code
    except (ToolchainError, ControlPlaneError) as error:
        found.errors.append(str(error))
        code = REFUSED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    seconds = time.monotonic() - began
    if chosen.json:
        print(json.dumps(found.document(name, code, seconds), indent=2))
    else:
        _tell(found, code, name, seconds)
    return code


def stack_file(given: str) -> StackFile:
    """The stack that was named. Raises :class:`PreviewError` with the stacks there are."""
    asked = [sys.executable, "-m", "infra.rendering", "secrets", given, "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode == MISUSED:
        raise PreviewError(done.stderr.strip().removeprefix("error: "), MISUSED)
    if done.returncode != 0:
        raise PreviewError(f"The program of the stack cannot be loaded: {done.stderr.strip().splitlines()[-1]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return StackFile(answer["stack"], Path(answer["file"]), tuple(answer["missing"]))


def preview(stack: StackFile, found: Preview) -> int:
    """Preview ``stack`` into ``found``; returns the engine's exit code."""
    tools = ensure_tools(report)
    with tempfile.TemporaryDirectory(prefix="mcp-preview-") as scratch:
        directory = Path(scratch)
        official = os.environ.get(CHOICE) == PluginKind.OFFICIAL
        home = cache_root() / "pulumi-home" if official else directory / "home"
        plugins = plugins_for(tools, home, report)
        with cluster(stack, tools, directory) as variables:
            for key in stack.missing:
                report(f"{key} is not configured: a stand-in is used")
            project = Project(directory, stack, tools.pulumi)
            project.prepare(plugins, home, variables)
            report(f"previewing stack {stack.name} with {plugins.kind} plugins and the policies of {ROOT.name}/policy")
            return project.preview(found, Progress())


@contextlib.contextmanager
def cluster(stack: StackFile, tools: Tools, directory: Path) -> Generator[Mapping[str, str]]:
    """Give the variables that lead to the cluster: none for the user's own, else those of a control plane here."""
    variable = kubeconfig_variable(stack.document)
    if variable is None or os.environ.get(variable):
        report("cluster: the one that the stack's kubeconfig names")
        yield {}
        return
    report(f"cluster: a control plane of this machine, since {variable} is not set")
    programs = Programs(tools.etcd, tools.apiserver, tools.controller_manager)
    plane = ControlPlane(
        directory / "control-plane", programs, lifetime=Lifetime.PARENT, durable=False, crds=operator_crds
    )
    plane.start(report)
    try:
        yield {variable: str(plane.kubeconfig)}
    finally:
        plane.stop()


class Progress:
    """Says every few seconds how many resources were looked at."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, found: Preview) -> None:
        """Say it if it is time."""
        if time.monotonic() - self._last >= REPORT_SECONDS:
            self._last = time.monotonic()
            report(f"{found.seen} resources looked at")


def report(line: str) -> None:
    """Say what goes on; the result alone is on standard output."""
    print(line, file=sys.stderr, flush=True)


def _tell(found: Preview, code: int, stack: str, seconds: float) -> None:
    for heading, sentences in (("warning", found.warnings), ("advice", found.advice)):
        for said in sentences:
            report(f"{heading}: {said}")
    for heading, sentences in (("policy", found.violations), ("error", found.errors)):
        for said in sentences:
            report(f"{heading}: {said}")
    if code != MISUSED:
        print(found.line(stack, code, seconds))


if __name__ == "__main__":
    sys.exit(main())
