"""Which kind of cluster ``make up`` takes: the one that ``CLUSTER`` names, else the best that the machine allows."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.state import State, write_private
from ops.node.host import obstacle

VARIABLE: Final = "CLUSTER"
DOCKER_SECONDS: Final = 10.0
NOTE: Final = "cluster"
"""File of the state that names the kind that is up."""


@dataclass(frozen=True)
class Choice:
    """What was taken, and why: the end of a sentence that begins "cluster: node, "."""

    kind: ClusterKind
    reason: str


def choose(environment: Mapping[str, str] = os.environ) -> Choice:
    """Take what was asked for, or the best there is.

    Raises:
        LocalError: ``CLUSTER`` names no kind, or one that this machine does not allow.
    """
    asked = environment.get(VARIABLE, "")
    if asked not in ("", *ClusterKind):
        raise LocalError(f"{VARIABLE} is {asked!r}: set it to one of {', '.join(ClusterKind)}, or leave it out.")
    checks = {
        ClusterKind.NODE: obstacle,
        ClusterKind.KIND: no_kind,
        ClusterKind.CONTEXT: lambda: no_context(environment),
    }
    if asked:
        kind = ClusterKind(asked)
        found = checks[kind]() if kind in checks else None
        if found is not None:
            raise LocalError(f"{VARIABLE}={kind} cannot be had here: {found}.")
        return Choice(kind, f"as {VARIABLE} says")
    no_node = obstacle()
    if no_node is None:
        return Choice(ClusterKind.NODE, "the best here: real pods, and this machine allows a node of its own")
    without_kind = no_kind()
    if without_kind is None:
        return Choice(ClusterKind.KIND, f"real pods in Docker; no node, since {no_node}")
    return Choice(ClusterKind.PROCESSES, f"no node, since {no_node}; no kind, since {without_kind}")


def no_kind() -> str | None:
    """Why kind cannot be used, or None."""
    for program in ("kind", "docker"):
        if shutil.which(program) is None:
            return f"{program} is not on PATH"
    try:
        answered = subprocess.run(
            ["docker", "info", "--format", "{{.ServerVersion}}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DOCKER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the Docker daemon did not answer within {DOCKER_SECONDS:.0f} s"
    return None if answered.returncode == 0 else "no Docker daemon answers"


def no_context(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why the user's own cluster cannot be used, or None."""
    path = user_kubeconfig(environment)
    return None if path.is_file() else f"{path} is not a file: set KUBECONFIG to the kubeconfig of your cluster"


def user_kubeconfig(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's kubeconfig."""
    return Path(environment.get("KUBECONFIG") or "~/.kube/config").expanduser().absolute()


def running_kind(state: State) -> ClusterKind | None:
    """The kind that was brought up last and not taken down since."""
    try:
        return ClusterKind((state.directory / NOTE).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def note_running(state: State, kind: ClusterKind | None) -> None:
    """Remember what is up, or that nothing is."""
    if kind is None:
        (state.directory / NOTE).unlink(missing_ok=True)
    else:
        write_private(state.directory / NOTE, kind)


def require_same(state: State, kind: ClusterKind) -> None:
    """Refuse a second cluster beside the one that is up: they would fight for ports. Raises :class:`LocalError`."""
    running = running_kind(state)
    if running not in (None, kind):
        raise LocalError(f"The platform is up on CLUSTER={running}: run `make down` first, or choose that one.")
