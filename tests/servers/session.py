"""One server per test session: the first pytest-xdist worker starts it, the others find it."""

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

GUARDIAN = Path(__file__).with_name("guardian.py")
START_SECONDS = 30.0


def session_pid() -> int:
    """The process whose end is the session's end: pytest itself, xdist's controller where there is one."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def shared(directory: Path, name: str, start: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``start`` returned in the one worker of this session that ran it."""
    note = directory / f"{name}.{session_pid()}.json"
    with locked(directory / f"{name}.lock"):
        if not note.exists():
            note.write_text(json.dumps(start()))
        found: dict[str, Any] = json.loads(note.read_text())
        return found


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold an exclusive lock on ``path`` between processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def guard(directory: Path, signal: int, uid: int, command: list[str]) -> None:
    """Start ``command`` under a guardian bound to this session."""
    arguments = [str(session_pid()), str(directory), str(int(signal)), str(uid), *command]
    quiet = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    command_line = [sys.executable, "-I", str(GUARDIAN), *arguments]
    os.posix_spawn(sys.executable, command_line, os.environ, file_actions=quiet, setsid=True)


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_port(port: int, log: Path) -> None:
    """Return once something listens on ``port``; show the server's log where nothing does in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(
        f"no server on port {port}: {log.read_text(errors='replace')[-2000:] if log.exists() else 'no log'}"
    )
