"""A copy of one stack's settings outside the tree, and the real CLI previewing it on an empty state.

The copy is needed because `stack init` writes an encryption salt into the settings, and because secrets are stood in
for: those of the file can only be opened where the stack is run, and a preview does not need to know them.
"""

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import yaml

from ops.preview.events import Event, Preview
from ops.preview.failure import PreviewError
from ops.toolchain.plugins import Plugins

ROOT: Final = Path(__file__).resolve().parents[2]
POLICIES: Final = ROOT / "policy"
STAND_IN: Final = "stood-in-for-by-make-preview"
SEALED: Final = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""Keys of a settings file that belong to the state that its secrets were sealed for."""
SECONDS: Final = 600.0
COMMAND_SECONDS: Final = 120.0


@dataclass(frozen=True)
class StackFile:
    """A stack, its settings file, and the secrets (full keys) that its settings need beside those of the file."""

    name: str
    path: Path
    missing: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The file's contents."""
        document: dict[str, Any] = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        return document


class Project:
    """The copy in ``directory``, with a backend of its own."""

    def __init__(self, directory: Path, stack: StackFile, pulumi: Path) -> None:
        self._directory = directory / "project"
        self._backend = directory / "backend"
        self._log = directory / "events"
        self._stack = stack
        self._pulumi = pulumi
        self._environment: dict[str, str] = {}
        for path in (self._directory, self._backend):
            path.mkdir(mode=0o700)
        project: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
        project["main"] = str(ROOT / project["main"])
        project["runtime"]["options"]["virtualenv"] = str(ROOT / ".venv")
        (self._directory / "Pulumi.yaml").write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")

    def prepare(self, plugins: Plugins, home: Path, variables: Mapping[str, str]) -> None:
        """Make the stack. ``variables`` are laid over the CLI's environment. Raises :class:`PreviewError`."""
        passphrase = secrets.token_urlsafe(32)
        self._environment = plugins.environment(home, self._backend, passphrase) | {**variables}
        document = {key: value for key, value in self._stack.document.items() if key not in SEALED}
        config = cast("dict[str, Any]", document["config"])
        sealed = [key for key, value in config.items() if isinstance(value, dict) and "secure" in value]
        document["config"] = {key: value for key, value in config.items() if key not in sealed}
        copy = self._directory / f"Pulumi.{self._stack.name}.yaml"
        copy.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        self._run("stack", "init", "--stack", self._stack.name)
        for key in sorted({*sealed, *self._stack.missing}):
            self._run("config", "set", "--secret", key, STAND_IN, "--stack", self._stack.name)

    def preview(self, found: Preview, progress: Callable[[Preview], None]) -> int:
        """Preview with the policies; ``progress`` is called several times a second. Returns the engine's exit code."""
        self._log.touch(mode=0o600)
        flags = ("--stack", self._stack.name, "--event-log", str(self._log), "--policy-pack", str(POLICIES))
        with (self._directory / "output").open("w") as output, self._log.open(encoding="utf-8") as events:
            process = subprocess.Popen(
                self._command("preview", *flags),
                cwd=self._directory,
                env=self._environment | {"PULUMI_DEBUG_COMMANDS": "true"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                self._follow(process, events, found, progress)
            finally:
                _end(process)
        said = (self._directory / "output").read_text(encoding="utf-8", errors="replace")
        if process.returncode != 0 and not found.errors and not found.violations:
            found.errors.append(" ".join(said.split())[-600:])
        return process.returncode

    def _follow(
        self,
        process: "subprocess.Popen[bytes]",
        events: IO[str],
        found: Preview,
        progress: Callable[[Preview], None],
    ) -> None:
        rest, deadline = "", time.monotonic() + SECONDS
        while True:
            last = _ended(process)
            *lines, rest = (rest + events.read()).split("\n")
            for line in filter(None, lines):
                event: Event = json.loads(line)
                found.take(event)
            progress(found)
            if last:
                return
            if time.monotonic() > deadline:
                raise PreviewError(f"`pulumi preview` did not end within {SECONDS:.0f} s: is the cluster reachable?")

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            self._command(*arguments),
            cwd=self._directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise PreviewError(f"`pulumi {' '.join(arguments[:2])}` failed: {' '.join(done.stderr.split())[-400:]}")

    def _command(self, *arguments: str) -> list[str]:
        return [str(self._pulumi), *arguments, "--non-interactive", "--color", "never"]


def kubeconfig_variable(document: Mapping[str, Any]) -> str | None:
    """The environment variable that a stack takes its kubeconfig's path from, or None where it names the path."""
    place: Any = document
    for key in ("config", "mcp:settings", "cluster", "existing", "kubeconfig"):
        place = cast("dict[str, Any]", place).get(key) if isinstance(place, dict) else None
    return place[1:] if isinstance(place, str) and place.startswith("$") else None


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
