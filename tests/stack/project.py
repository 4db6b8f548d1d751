"""A copy of the project's settings outside the tree, and the real Pulumi CLI run in it on a file backend."""

import copy
import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ops.toolchain.plugins import Plugins

REPOSITORY = Path(__file__).parents[2]
SECONDS = 180
THROW_AWAY = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""On a file backend the engine writes the whole state before and after each resource: most of an update's time. These
states are thrown away, so they are written once, at the end."""


@dataclass(frozen=True)
class Result:
    """What one command said and did."""

    code: int
    output: str
    operations: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Operation (create, update, replace, delete) -> names of resources; unchanged ones are left out."""

    def counts(self) -> dict[str, int]:
        """Operation -> number of resources."""
        return {operation: len(names) for operation, names in self.operations.items()}


class Project:
    """One project directory with one backend. Stack files are written from a settings object before each command."""

    def __init__(self, directory: Path, pulumi: Path, plugins: Plugins, kubeconfig: Path) -> None:
        self.directory = directory / "project"
        self.kubeconfig = kubeconfig
        self._pulumi = pulumi
        self._plugins = plugins
        backend, home = directory / "backend", directory / "home"
        for path in (self.directory, backend, home):
            path.mkdir(parents=True)
        self._environment = plugins.environment(home, backend, "correct horse battery staple") | {
            "KUBECONFIG": str(kubeconfig),
            "PULUMI_DEBUG_COMMANDS": "true",
            **THROW_AWAY,
        }
        project = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text(encoding="utf-8"))
        project["main"] = str(REPOSITORY / project["main"])
        project["runtime"]["options"]["virtualenv"] = str(REPOSITORY / ".venv")
        (self.directory / "Pulumi.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
        self._made: set[str] = set()

    def sibling(self, directory: Path) -> "Project":
        """Another project directory with a backend of its own, the same CLI, plugins and cluster."""
        return Project(directory, self._pulumi, self._plugins, self.kubeconfig)

    @staticmethod
    def settings(stack: str) -> dict[str, Any]:
        """A fresh copy of a committed stack's settings object."""
        document = yaml.safe_load((REPOSITORY / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
        return copy.deepcopy(document["config"]["mcp:settings"])

    def init(self, stack: str) -> None:
        """Make a stack, once."""
        if stack not in self._made:
            self._checked("stack", "init", "--stack", stack)
            self._made.add(stack)

    def configure(self, stack: str, settings: dict[str, Any], **others: str) -> None:
        """Write the stack's file but for salt and secrets; ``others`` are plain keys of namespace ``mcp``."""
        path = self.directory / f"Pulumi.{stack}.yaml"
        former = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        former = former or {}
        sealed = {key: value for key, value in former.get("config", {}).items() if "secure" in value}
        config = {"mcp:settings": settings} | sealed | {f"mcp:{key}": value for key, value in others.items()}
        path.write_text(yaml.safe_dump(former | {"config": config}), encoding="utf-8")

    def seal(self, stack: str, key: str, value: str) -> None:
        """`pulumi config set --secret`."""
        self._checked("config", "set", "--secret", f"mcp:{key}", value, "--stack", stack)

    def up(self, stack: str, *arguments: str, checkpoints: bool = False) -> Result:
        """`pulumi up` without asking; with ``checkpoints`` as it runs where nobody says otherwise."""
        if not checkpoints:
            return self._update("up", stack, *arguments)
        kept = {name: self._environment.pop(name) for name in THROW_AWAY}
        try:
            return self._update("up", stack, *arguments)
        finally:
            self._environment |= kept

    def preview(self, stack: str, *arguments: str) -> Result:
        """`pulumi preview`."""
        log = self._log(stack)
        return self._with_events(log, "preview", "--stack", stack, "--event-log", str(log), *arguments)

    def destroy(self, stack: str) -> Result:
        """`pulumi destroy` without asking."""
        return self._update("destroy", stack)

    def state(self, stack: str, *, show_secrets: bool = False) -> str:
        """The exported state, as text."""
        return self._checked("stack", "export", "--stack", stack, *(["--show-secrets"] if show_secrets else []))

    def resources(self, stack: str, *, show_secrets: bool = False) -> list[dict[str, Any]]:
        """Resources in the state, but for the stack itself."""
        deployment = json.loads(self.state(stack, show_secrets=show_secrets))["deployment"]
        return [each for each in deployment.get("resources", []) if each["type"] != "pulumi:pulumi:Stack"]

    def outputs(self, stack: str) -> dict[str, Any]:
        """Outputs as `pulumi stack output --json` shows them."""
        outputs: dict[str, Any] = json.loads(self._checked("stack", "output", "--json", "--stack", stack))
        return outputs

    def _update(self, verb: str, stack: str, *arguments: str) -> Result:
        log = self._log(stack)
        return self._with_events(
            log, verb, "--yes", "--skip-preview", "--stack", stack, "--event-log", str(log), *arguments
        )

    def _log(self, stack: str) -> Path:
        log = self.directory.parent / f"{stack}.events"
        log.unlink(missing_ok=True)
        return log

    def _with_events(self, log: Path, *arguments: str) -> Result:
        done = self._run(*arguments)
        operations: dict[str, list[str]] = {}
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        for line in lines:
            event = json.loads(line).get("resourcePreEvent")
            if event and event["metadata"]["op"] != "same":
                name = event["metadata"]["urn"].rsplit("::", 1)[1]
                operations.setdefault(event["metadata"]["op"], []).append(name)
        return Result(done.returncode, done.stdout + done.stderr, operations)

    def _checked(self, *arguments: str) -> str:
        done = self._run(*arguments)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self._pulumi), *arguments, "--non-interactive", "--color", "never"],
            cwd=self.directory,
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def kinds(resources: list[dict[str, Any]]) -> Counter[str]:
    """How many resources of each Kubernetes kind."""
    return Counter(each["type"].rsplit(":", 1)[1] for each in resources)
