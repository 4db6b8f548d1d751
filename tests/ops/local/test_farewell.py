"""The last words of `make up`: everything people need next, and no secret but the token."""

import os
import subprocess
from pathlib import Path

import pytest

from ops.local.clusters.kinds import ClusterKind
from ops.local.farewell import Farewell
from ops.local.platform import CONNECTION
from ops.local.state import State

PASSPHRASE = "correct horse"


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A state with a stack on a node and one of bare processes."""
    state = State(tmp_path / "state")
    state.make()
    for kind in (ClusterKind.NODE, ClusterKind.PROCESSES):
        (state.stack_on(kind) / "project").mkdir(parents=True)
        (state.stack_on(kind) / "passphrase").write_text(PASSPHRASE)
    return state


def farewell(state: State, kind: ClusterKind, pulumi: Path = Path("/bin/pulumi")) -> str:
    """The text."""
    kubeconfig = state.node / "kubeconfig" if kind is ClusterKind.NODE else None
    urls = ("http://127.0.0.1:8000", "ws://127.0.0.1:8001")
    return Farewell(state, kind, *urls, "t0ken", pulumi, kubeconfig).text("engine", 12.34)


@pytest.mark.parametrize("kind", [ClusterKind.NODE, ClusterKind.PROCESSES])
def test_it_says_where_everything_is_and_how_to_stop_it(kind: ClusterKind, state: State) -> None:
    text = farewell(state, kind)
    for part in (
        "http://127.0.0.1:8000/api/v1",
        "ws://127.0.0.1:8001/ws/v1/workflows/<id>/events",
        "t0ken",
        str(state.token),
        str(CONNECTION),
        "mcp-ops workflow submit software-delivery",
        "make outputs",
        "make logs NAME=engine ARGS=-f",
        "make down",
        "12.3 s",
    ):
        assert part in text
    assert ("export KUBECONFIG=" in text) is (kind is ClusterKind.NODE)


def test_no_secret_but_the_token_is_said(state: State) -> None:
    assert PASSPHRASE not in farewell(state, ClusterKind.NODE)


@pytest.mark.parametrize("kind", [ClusterKind.NODE, ClusterKind.PROCESSES])
def test_the_command_by_hand_is_run_in_the_stacks_directory_with_its_backend(
    kind: ClusterKind, state: State, tmp_path: Path
) -> None:
    """A shell runs the very text; a stand-in for Pulumi says how it was called."""
    pulumi = tmp_path / "pulumi-program"
    names = ("PULUMI_BACKEND_URL", "PULUMI_HOME", "PULUMI_CONFIG_PASSPHRASE_FILE")
    pulumi.write_text("#!/bin/sh\n" + "\n".join([f'echo "${name}"' for name in names]) + '\npwd; echo "$*"\n')
    pulumi.chmod(0o755)
    lines = farewell(state, kind, pulumi).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("or by hand"))
    command = "\n".join([lines[first].removeprefix("or by hand"), lines[first + 1]])
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, env=environment)
    stack = state.stack_on(kind)
    assert done.stdout.splitlines() == [
        f"file://{stack / 'backend'}",
        str(stack / "home"),
        str(stack / "passphrase"),
        str(stack / "project"),
        "stack output --json --stack local",
    ]
    assert done.stderr == ""
