"""Command lines of servers: what a caller adds wins, and nothing is said twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.controlplane.certificates import Certificates
from ops.controlplane.servers import (
    apiserver_command,
    arguments,
    controller_manager_command,
    etcd_command,
)

TLS = Certificates(Path("/tls"))
Command = Callable[[dict[str, str]], list[str]]


def apiserver(other: dict[str, str]) -> list[str]:
    return apiserver_command(Path("/api"), 6443, 2379, TLS, other)


def manager(other: dict[str, str]) -> list[str]:
    return controller_manager_command(Path("/manager"), Path("/kubeconfig"), TLS, other)


@pytest.mark.parametrize(("command", "flag"), [(apiserver, "authorization-mode"), (manager, "controllers")])
def test_a_flag_that_is_given_wins_and_is_said_once(command: Command, flag: str) -> None:
    plain, changed = command({}), command({flag: "other", "new-flag": "1"})
    assert [each for each in changed if each.startswith(f"--{flag}=")] == [f"--{flag}=other"]
    assert "--new-flag=1" in changed
    kept = [each for each in plain if not each.startswith(f"--{flag}=")]
    assert [each for each in changed if each in kept] == kept


@pytest.mark.parametrize("command", [apiserver, manager])
def test_one_callers_flags_are_not_the_next_ones(command: Command) -> None:
    before = command({})
    command({"profiling": "true"})
    assert command({}) == before


def test_without_other_flags_nobody_beyond_this_machine_is_served() -> None:
    assert {"--bind-address=127.0.0.1", "--anonymous-auth=false"} <= set(apiserver({}))


@pytest.mark.parametrize(("durable", "flag"), [(True, "false"), (False, "true")])
def test_data_that_must_last_is_written_through(durable: bool, flag: str) -> None:
    assert f"--unsafe-no-fsync={flag}" in etcd_command(Path("/etcd"), Path("/data"), 2379, TLS, durable=durable)


def test_flags_are_written_as_programs_of_go_read_them() -> None:
    assert arguments({"a": "b", "c": "d=e"}) == ["--a=b", "--c=d=e"]
