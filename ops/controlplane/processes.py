"""Server processes that are found again: started with a log file, recorded by pid and start time, ended exactly.

A pid alone may have been given to somebody else since; pid and start time together name one process.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ops.controlplane.failure import ControlPlaneError

_DIE_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, int(sys.argv[2]))
if os.getppid() != int(sys.argv[1]): sys.exit(1)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Lifetime(StrEnum):
    """How long servers live."""

    PARENT = "parent"
    """They end with the thread that started them (Linux; elsewhere they must be stopped)."""
    DETACHED = "detached"
    """They outlive the command that started them, until stopped."""


@dataclass(frozen=True)
class ProcessRecord:
    """One process, named so that no other can be mistaken for it."""

    name: str
    pid: int
    started: str
    """Start time as the operating system counts it; opaque."""


def start(
    name: str,
    command: Sequence[str],
    log: Path,
    lifetime: Lifetime,
    ended_by: signal.Signals = signal.SIGTERM,
) -> ProcessRecord:
    """Start a server in a session of its own, its output appended to ``log``.

    ``ended_by`` is the signal it gets where its lifetime is its parent's.
    """
    arguments = list(command)
    if lifetime is Lifetime.PARENT and sys.platform == "linux":
        arguments = [
            sys.executable,
            "-S",
            "-E",
            "-c",
            _DIE_WITH_PARENT,
            str(os.getpid()),
            str(int(ended_by)),
            *arguments,
        ]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=log.parent,
        )
    _children[process.pid] = process
    return ProcessRecord(name, process.pid, start_time(process.pid) or "")


def is_alive(record: ProcessRecord) -> bool:
    """Say whether exactly this process still runs."""
    child = _children.get(record.pid)
    if child is not None and child.poll() is not None:  # reaps it
        del _children[record.pid]
        return False
    return record.started != "" and start_time(record.pid) == record.started


def stop(records: Sequence[ProcessRecord], deadline: float = 10.0) -> None:
    """End processes in the given order, politely first; those that do not listen within ``deadline`` s are killed."""
    for record in records:
        if not is_alive(record):
            continue
        _signal(record, signal.SIGTERM)
        if not wait_until(lambda record=record: not is_alive(record), deadline):
            _signal(record, signal.SIGKILL)
            wait_until(lambda record=record: not is_alive(record), deadline)


def wait_until(condition: Callable[[], bool], deadline: float, pause: float = 0.05) -> bool:
    """Poll ``condition`` until it holds or ``deadline`` seconds have passed; return whether it held."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True


def start_time(pid: int) -> str | None:
    """Return when a running process started, or None where there is none (a zombie counts as none)."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else fields[19]
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def tail(log: Path, lines: int = 3) -> str:
    """Return the last lines of a log, for an error message."""
    try:
        content = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return " | ".join(line.strip() for line in content[-lines:])


def require_alive(record: ProcessRecord, log: Path) -> None:
    """Raise when a server has ended by itself, quoting its last words.

    Raises:
        ControlPlaneError: the process is gone.
    """
    if not is_alive(record):
        raise ControlPlaneError(f"{record.name} ended right after its start; its log {log} says: {tail(log)}")


_children: dict[int, "subprocess.Popen[bytes]"] = {}


def _signal(record: ProcessRecord, number: signal.Signals) -> None:
    try:
        os.kill(record.pid, number)
    except ProcessLookupError:
        return
