"""What the supervisor needs to know of one process; written to disk as JSON, so that it outlives every command."""

import hashlib
from typing import Annotated, Literal

from pydantic import Field

from contract.strict import Strict


class HttpCheck(Strict):
    """Kubernetes' ``httpGet``: any status from 200 to 399 is good."""

    kind: Literal["http"] = "http"
    port: int
    path: str = "/"
    headers: dict[str, str] = {}


class TcpCheck(Strict):
    """Kubernetes' ``tcpSocket``: the port accepts a connection."""

    kind: Literal["tcp"] = "tcp"
    port: int


class ExecCheck(Strict):
    """Kubernetes' ``exec``: the command, run in the process's environment, ends with code 0."""

    kind: Literal["exec"] = "exec"
    command: tuple[str, ...]


class Probe(Strict):
    """A probe of the pod template; times in seconds, defaults as in Kubernetes."""

    check: Annotated[HttpCheck | TcpCheck | ExecCheck, Field(discriminator="kind")]
    initial_delay: float = 0
    period: float = 10
    timeout: float = 1
    success_threshold: int = 1
    failure_threshold: int = 3


class ProcessSpec(Strict):
    """One process that stands in for one container."""

    name: str
    """Name of the workload, and of its log file."""
    source: str
    """The object in the API server that this was read from, as ``Kind namespace/name``."""
    command: tuple[str, ...]
    environment: dict[str, str]
    """All of it: nothing is inherited."""
    directory: str
    user: int | None = None
    """User id to run as, where the caller may choose it; ``None``: the caller's own."""
    ports: dict[str, int] = {}
    """Port name -> the TCP port on this machine."""
    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None
    grace_seconds: float = 30
    stop_signal: int = 15
    tier: int = 0
    """Processes of a higher tier are stopped before those of a lower one."""
    files: str = ""
    """Digest of the mounted files and of the code it runs."""

    @property
    def revision(self) -> str:
        """Changes whenever the process has to be started anew."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


class Plan(Strict):
    """All processes that are to run."""

    processes: tuple[ProcessSpec, ...] = ()

    def named(self, name: str) -> ProcessSpec | None:
        """The process of that name."""
        return next((spec for spec in self.processes if spec.name == name), None)

    def updated(self, specs: tuple[ProcessSpec, ...]) -> "Plan":
        """This plan with ``specs`` put in place of those of the same name, or added."""
        replaced = {spec.name: spec for spec in (*self.processes, *specs)}
        return Plan(processes=tuple(replaced.values()))
