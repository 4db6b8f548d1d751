"""Processes of a pod's containers, found from the host by their control group."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Process:
    """One process of a container, as the host sees it."""

    pid: int
    command: str

    @property
    def environment(self) -> str:
        """Its variables, separated by zero bytes."""
        return Path(f"/proc/{self.pid}/environ").read_text(encoding="utf-8", errors="replace")

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return Path(f"/proc/{self.pid}").exists()

    def path(self, inside: str) -> Path:
        """A path of the container, for the host."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def kill(self) -> None:
        """`kill -9`."""
        os.kill(self.pid, signal.SIGKILL)


def processes(pod: dict[str, Any]) -> list[Process]:
    """Every process of the pod but the pause container's."""
    mark = f"/pod{pod['metadata']['uid']}/"
    found: list[Process] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark not in (entry / "cgroup").read_text(encoding="ascii"):
                continue
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if command not in ("", "/pause"):
            found.append(Process(int(entry.name), command))
    return sorted(found, key=lambda process: process.pid)


def main_process(pod: dict[str, Any], beginning: str) -> Process:
    """The process of the pod whose command begins so."""
    found = [each for each in processes(pod) if each.command.startswith(beginning)]
    assert found, f"{pod['metadata']['name']} has no process {beginning}: {processes(pod)}"
    return found[0]
