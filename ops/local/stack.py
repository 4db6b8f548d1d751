"""`pulumi up` of stack `local` by the real engine: file backend, and a copy of the project's settings outside the tree.

The copy is needed because `stack init` writes an encryption salt into the settings.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final, cast

import yaml

from ops.controlplane.api import Json
from ops.controlplane.processes import ProcessRecord, start_time, stop
from ops.local.failure import LocalError, disk_full
from ops.local.state import ROOT, write_private
from ops.toolchain.plugins import Plugins

STACK: Final = "local"
DEADLINE: Final = 600.0
SALT: Final = "encryptionsalt"
SETTINGS: Final = "mcp:settings"
NOTHING: Final[Json] = {}
RUNNING: Final = "running.json"
"""The engine that works on the stack, so that an orphaned one is found."""
ENVIRONMENT: Final = (
    *("PATH", "HOME", "LANG", "TMPDIR", "USER"),
    *("PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"),
    *("PULUMI_SKIP_UPDATE_CHECK", "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK"),
)
"""All that the CLI and its plugins get of the environment, beside the kubeconfig."""


@dataclass
class Update:
    """What one `pulumi up` did, counted from the engine's events."""

    operations: dict[str, int] = field(default_factory=dict[str, int])
    """Operation (create, update, same, …) -> resources."""
    complaints: list[str] = field(default_factory=list[str])

    @property
    def resources(self) -> int:
        """Resources that are there now."""
        return sum(count for operation, count in self.operations.items() if operation != "delete")

    @property
    def changes(self) -> int:
        """Resources that were touched."""
        return sum(count for operation, count in self.operations.items() if operation != "same")

    def take(self, event: Json) -> None:
        """Count one event of the engine's log."""
        if "resOutputsEvent" in event:
            operation = str(event["resOutputsEvent"]["metadata"]["op"])
            self.operations[operation] = self.operations.get(operation, 0) + 1
        elif "diagnosticEvent" in event and event["diagnosticEvent"].get("severity") == "error":
            text = " ".join(str(event["diagnosticEvent"].get("message", "")).split())
            if text and text not in self.complaints:
                self.complaints.append(text)

    def summary(self) -> str:
        """For people: ``47 created, 3 unchanged``."""
        words = {"create": "created", "same": "unchanged", "update": "updated", "delete": "deleted"}
        parts = [f"{count} {words.get(name, name)}" for name, count in sorted(self.operations.items())]
        return ", ".join(parts) or "nothing yet"


class LocalStack:
    """The stack's directory, and the CLI run in it.

    Args:
        directory: backend, home, passphrase, copy of the settings; one for each cluster, whose objects it tells of.
        pulumi: the CLI.
        kubeconfig: of the cluster.
        settings: laid over those of the committed stack file.
    """

    def __init__(self, directory: Path, pulumi: Path, kubeconfig: Path, settings: Json = NOTHING) -> None:
        self._pulumi = pulumi
        self._kubeconfig = kubeconfig
        self._settings = settings
        self.directory = directory
        self.project = directory / "project"
        self.backend = directory / "backend"
        self.home = directory / "home"
        self.passphrase = directory / "passphrase"

    def prepare(self) -> None:
        """Copy the project's settings and have a backend and a passphrase."""
        for path in (self.project, self.backend, self.home):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.passphrase.exists():
            write_private(self.passphrase, secrets.token_urlsafe(32))
        project: Json = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
        project["main"] = str(ROOT / project["main"])
        project["runtime"]["options"]["virtualenv"] = str(ROOT / ".venv")
        write_private(self.project / "Pulumi.yaml", yaml.safe_dump(project, sort_keys=False))
        name = f"Pulumi.{STACK}.yaml"
        settings: Json = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        settings["config"][SETTINGS] = overlaid(settings["config"][SETTINGS], self._settings)
        copy = self.project / name
        if copy.exists():
            former: Json = yaml.safe_load(copy.read_text(encoding="utf-8")) or {}
            settings |= {SALT: former[SALT]} if SALT in former else {}
        write_private(copy, yaml.safe_dump(settings, sort_keys=False))

    def environment(self, plugins: Plugins) -> dict[str, str]:
        """The CLI's environment; nobody's own Pulumi or cloud settings leak into it."""
        passphrase = self.passphrase.read_text(encoding="utf-8")
        whole = plugins.environment(self.home, self.backend, passphrase)
        kept = {name: value for name, value in whole.items() if name in ENVIRONMENT}
        return kept | {"KUBECONFIG": str(self._kubeconfig), "PULUMI_DEBUG_COMMANDS": "true"}

    def up(self, plugins: Plugins, progress: Callable[[Update], None], *, refresh: bool = False) -> Update:
        """Bring the stack up; ``progress`` is called after each of the engine's events.

        With ``refresh`` it looks at every object first, and so mends what somebody changed by hand.

        Raises:
            LocalError: the engine refused or failed.
        """
        environment = self.environment(plugins)
        self._end_orphan()
        self._run(environment, "stack", "select", "--create", "--stack", STACK)
        return self._follow(environment, progress, "up", *(["--refresh"] if refresh else []))

    def _follow(
        self, environment: dict[str, str], progress: Callable[[Update], None], verb: str, *options: str
    ) -> Update:
        if any((self.backend / ".pulumi/locks").rglob("*.json")):
            self._run(environment, "cancel", "--yes", "--stack", STACK)
        log = self.directory / "events"
        log.unlink(missing_ok=True)
        log.touch(mode=0o600)
        update = Update()
        always = ("--yes", "--skip-preview", "--stack", STACK, "--event-log", str(log))
        command = self._command(verb, *always, *options)
        with (self.directory / "up.log").open("w") as output, log.open(encoding="utf-8") as events:
            process = subprocess.Popen(
                command,
                cwd=self.project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            record = ProcessRecord("pulumi", process.pid, start_time(process.pid) or "")
            write_private(self.directory / RUNNING, json.dumps(asdict(record)))
            try:
                follow(process, events, update, progress)
            except BaseException:
                _interrupt(process)
                raise
        if process.returncode != 0:
            raise self._failed(verb, update)
        return update

    def outputs(self, plugins: Plugins) -> dict[str, Any]:
        """Outputs of the stack. Raises :class:`LocalError`."""
        shown = self._run(self.environment(plugins), "stack", "output", "--json", "--stack", STACK)
        outputs: dict[str, Any] = json.loads(shown)
        return outputs

    def destroy(self, plugins: Plugins, progress: Callable[[Update], None]) -> Update:
        """Take everything of the stack away. Raises :class:`LocalError`."""
        return self._follow(self.environment(plugins), progress, "destroy")

    def forget(self) -> None:
        """Throw the state away: after this the stack has no resources."""
        shutil.rmtree(self.backend, ignore_errors=True)
        self.backend.mkdir(mode=0o700)

    def _end_orphan(self) -> None:
        """End the engine of a `make up` that was killed: it still works on the stack."""
        try:
            record = ProcessRecord(**json.loads((self.directory / RUNNING).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return
        stop([record], 15)

    def _command(self, *arguments: str) -> list[str]:
        return [str(self._pulumi), *arguments, "--non-interactive", "--color", "never"]

    def _run(self, environment: dict[str, str], *arguments: str) -> str:
        result = subprocess.run(
            self._command(*arguments),
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if result.returncode != 0:
            said = " ".join(result.stderr.split())[-400:]
            raise LocalError(f"`pulumi {' '.join(arguments[:2])}` failed: {said}")
        return result.stdout

    def _failed(self, verb: str, update: Update) -> LocalError:
        written = (self.directory / "up.log").read_text(encoding="utf-8", errors="replace")
        if "no space left" in written.lower():
            return disk_full(OSError(28, "", str(self.directory))) or LocalError("The disk is full.")
        said = update.complaints[0] if update.complaints else " ".join(written.split())[-400:]
        return LocalError(f"`pulumi {verb}` failed: {said[:600]} (all of it: {self.directory / 'up.log'})")


def overlaid(settings: Json, over: Json) -> Json:
    """``settings`` with the values of ``over``, object by object."""
    result = dict(settings)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        result[key] = overlaid(cast("Json", below), cast("Json", value)) if both else value
    return result


def follow(
    process: "subprocess.Popen[bytes]", events: IO[str], update: Update, progress: Callable[[Update], None]
) -> None:
    """Feed the growing event log to ``update`` until the process has ended."""
    ended = threading.Event()

    def wait() -> None:
        process.wait()
        ended.set()

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    rest = ""
    slices = int(DEADLINE * 10)
    for _ in range(slices):
        last = ended.wait(0.1)
        rest = _feed(rest + events.read(), update)
        progress(update)
        if last:
            return
    raise LocalError(f"`pulumi up` did not end within {DEADLINE:.0f} s: run `make up` again.")


def _feed(text: str, update: Update) -> str:
    for line in _complete(text):
        event: Json = json.loads(line)
        update.take(event)
    return text.rpartition("\n")[2]


def _complete(text: str) -> Iterator[str]:
    return (line for line in text.split("\n")[:-1] if line.strip())


def _interrupt(process: "subprocess.Popen[bytes]") -> None:
    """Let the engine cancel by itself, which leaves the state sound; end its session if it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
