"""The state directory of one clone: where it is, and what lies where in it."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError

ROOT: Final = Path(__file__).resolve().parent.parent.parent
"""The clone."""


@dataclass(frozen=True)
class State:
    """Paths below the state directory."""

    directory: Path

    @property
    def run(self) -> Path:
        """Plan and status of the supervisor."""
        return self.directory / "run"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.directory / "logs"

    @property
    def pods(self) -> Path:
        """Mounted files, one root per process."""
        return self.directory / "pods"

    @property
    def control_plane(self) -> Path:
        """Etcd's data, certificates, kubeconfig."""
        return self.directory / "control-plane"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data and, where the packages are not readable for its user, its programs."""
        return self.directory / "postgres"

    @property
    def stack(self) -> Path:
        """Pulumi's backend, home, passphrase, and the copy of the project settings."""
        return self.directory / "pulumi"

    def stack_on(self, cluster: ClusterKind) -> Path:
        """The same for one kind of cluster: what is on one is not on the other."""
        return self.stack if cluster is ClusterKind.PROCESSES else self.directory / f"pulumi-{cluster}"

    @property
    def node(self) -> Path:
        """The Kubernetes node of this machine: its data, certificates, logs."""
        return self.directory / "node"

    @property
    def programs(self) -> Path:
        """Names of programs that images have and this machine calls otherwise."""
        return self.directory / "bin"

    @property
    def token(self) -> Path:
        """The first API token, for people and `mcp-ops`."""
        return self.directory / "api-token"

    def log(self, name: str) -> Path:
        """Log of one process."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Create the directories. The state directory can be traversed (PostgreSQL's user must), the rest is ours."""
        self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        for path in (self.run, self.logs, self.pods, self.stack, self.programs):
            path.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def exclusive(state: State) -> Generator[None]:
    """One command at a time changes what runs. Raises :class:`LocalError` while another does."""
    with (state.directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(
                "Another `make up`, `make down` or `make dev` of this clone is at work: wait for it, or end it there."
            ) from None
        yield


def default_directory(root: Path, environment: Mapping[str, str], *, as_root: bool) -> Path:
    """``MCP_PLATFORM_STATE``, else a place of this clone alone: for root one that PostgreSQL's user can reach."""
    chosen = environment.get("MCP_PLATFORM_STATE")
    if chosen:
        return Path(chosen).absolute()
    name = f"mcp-platform-{hashlib.sha256(str(root).encode()).hexdigest()[:10]}"
    if as_root:
        return Path("/var/tmp") / name  # noqa: S108 - survives a reboot, mode 0711, and its contents are checked
    base = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local/state")
    return Path(base) / name


def this_state() -> State:
    """The state of this clone, as the environment has it."""
    return State(default_directory(ROOT, os.environ, as_root=os.geteuid() == 0))


def write_private(path: Path, content: str) -> None:
    """Replace ``path`` at once by a file that only its owner can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
