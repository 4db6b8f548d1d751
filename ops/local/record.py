"""What the supervisor writes down of its processes, for `up`, `status` and `down` to read."""

from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from contract.strict import Strict
from ops.controlplane.processes import ProcessRecord, is_alive
from ops.local.state import State


class Condition(StrEnum):
    """How a process is."""

    STARTING = "starting"
    """It runs and its startup or readiness probe has not passed yet."""
    READY = "ready"
    UNREADY = "unready"
    """It was ready and its readiness probe fails now."""
    WAITING = "waiting"
    """It ended and is started again after a pause."""
    STOPPED = "stopped"


class Running(Strict):
    """One process as the supervisor sees it."""

    name: str
    pid: int = 0
    started: str = ""
    """Start time as the operating system counts it."""
    since: float = 0
    """Start time in seconds since the epoch."""
    revision: str = ""
    condition: Condition = Condition.WAITING
    restarts: int = 0
    last_end: str = ""
    """Why it was started again the last time."""

    @property
    def record(self) -> ProcessRecord:
        """The process, named so that no other is mistaken for it."""
        return ProcessRecord(self.name, self.pid, self.started)

    @property
    def is_alive(self) -> bool:
        """Whether exactly this process runs."""
        return self.pid > 0 and is_alive(self.record)


class Status(Strict):
    """The supervisor and all its processes."""

    pid: int
    started: str
    processes: tuple[Running, ...] = ()

    @property
    def record(self) -> ProcessRecord:
        """The supervisor itself."""
        return ProcessRecord("supervisor", self.pid, self.started)

    def named(self, name: str) -> Running | None:
        """The process of that name."""
        return next((each for each in self.processes if each.name == name), None)


def status_path(state: State) -> Path:
    """Where the supervisor writes its status."""
    return state.run / "status.json"


def plan_path(state: State) -> Path:
    """Where the supervisor reads what is to run."""
    return state.run / "plan.json"


def read_status(state: State) -> Status | None:
    """The last status written, whether its processes still run or not; ``None`` where there is none."""
    try:
        return Status.model_validate_json(status_path(state).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None
