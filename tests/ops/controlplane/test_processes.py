"""Server processes: exactly the recorded ones are ended, and none outlives its parent unless it should."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.ports import LOOPBACK, free_ports, require_free
from ops.controlplane.processes import (
    Lifetime,
    ProcessRecord,
    is_alive,
    require_alive,
    start,
    start_time,
    stop,
    wait_until,
)

ROOT = Path(__file__).parents[3]
SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
SECONDS = 20


def started(command: list[str], directory: Path) -> ProcessRecord:
    """Start a process and wait for its first word."""
    log = directory / "log"
    record = start("sleeper", command, log, Lifetime.DETACHED)
    assert wait_until(lambda: "up" in log.read_text(), SECONDS)
    return record


def test_a_stopped_process_is_gone(tmp_path: Path) -> None:
    record = started(SLEEP, tmp_path)
    assert is_alive(record)
    stop([record])
    assert not is_alive(record)


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    record = started(STUBBORN, tmp_path)
    stop([record], deadline=0.2)
    assert not is_alive(record)


def test_a_pid_that_somebody_else_has_now_is_left_alone() -> None:
    me = ProcessRecord("me", os.getpid(), start_time(os.getpid()) or "")
    stranger = replace(me, started="1")
    assert is_alive(me) and not is_alive(stranger)
    stop([stranger])


def test_a_zombie_counts_as_gone(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    try:
        assert wait_until(lambda: start_time(process.pid) is None, SECONDS)
    finally:
        process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="the parent's death is signalled on Linux only")
def test_a_server_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    source = (
        "import pathlib, time\n"
        "from ops.controlplane.processes import Lifetime, start\n"
        f"record = start('s', {SLEEP!r}, pathlib.Path({str(tmp_path / 'log')!r}), Lifetime.PARENT)\n"
        "print(record.pid, record.started, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, began = parent.stdout.readline().split()
        child = ProcessRecord("s", int(pid), began)
        log = tmp_path / "log"
        assert wait_until(lambda: "up" in log.read_text(), SECONDS)
        parent.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not is_alive(child), SECONDS)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent's death is signalled on Linux only")
def test_a_server_that_ends_with_its_parent_gets_the_signal_that_was_asked_for(tmp_path: Path) -> None:
    """One that does not listen to a polite one is ended all the same."""
    source = (
        "import pathlib, signal, time\n"
        "from ops.controlplane.processes import Lifetime, start\n"
        f"log = pathlib.Path({str(tmp_path / 'log')!r})\n"
        f"record = start('s', {STUBBORN!r}, log, Lifetime.PARENT, signal.SIGKILL)\n"
        "print(record.pid, record.started, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, began = parent.stdout.readline().split()
        log = tmp_path / "log"
        assert wait_until(lambda: "up" in log.read_text(), SECONDS)
        parent.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not is_alive(ProcessRecord("s", int(pid), began)), SECONDS)


def test_a_server_that_ended_by_itself_is_quoted(tmp_path: Path) -> None:
    record = start("server", [sys.executable, "-c", "print('no space')"], tmp_path / "log", Lifetime.DETACHED)
    assert wait_until(lambda: not is_alive(record), SECONDS)
    with pytest.raises(ControlPlaneError, match=r"server ended right after its start; its log .* says: no space"):
        require_alive(record, tmp_path / "log")


def test_a_taken_port_is_one_sentence_with_the_remedy() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ControlPlaneError, match=rf"Port {port} .* needed by etcd, is taken .* choose another port"):
            require_free(port, "etcd")
    require_free(port, "etcd")


def test_free_ports_differ() -> None:
    assert len(set(free_ports(5))) == 5
