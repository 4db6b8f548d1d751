"""What keeps a node from running is said in half a sentence each, and the first of them is what people hear."""

import subprocess
from pathlib import Path

import pytest

from ops.node import host
from ops.node.host import CONTROLLERS, NEEDED_MEMORY, PROGRAMS

CHECKS = ("_system", "_root", "_programs", "_cgroups", "_memory", "_namespaces")


def program(directory: Path, body: str) -> None:
    """Put an ``unshare`` that does ``body`` first on PATH."""
    (directory / "unshare").write_text(f"#!/bin/sh\n{body}\n")
    (directory / "unshare").chmod(0o755)


def test_another_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.platform, "system", lambda: "Darwin")
    assert host._system() == "it needs Linux and this is Darwin"


@pytest.mark.parametrize(("user", "fine"), [(0, True), (1000, False)])
def test_root_is_needed(user: int, fine: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.os, "geteuid", lambda: user)
    assert (host._root() is None) is fine


def test_programs_that_are_missing_are_all_named() -> None:
    assert host._programs(lambda name: None if name in ("ip", "dpkg") else name) == "it needs ip, dpkg on PATH"
    assert host._programs(lambda name: name) is None
    assert {"unshare", "nsenter", "apt-get"} <= set(PROGRAMS)


def test_control_groups_of_version_2_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    assert "version 2" in (host._cgroups(tmp_path) or "")


def test_controllers_that_are_missing_are_named(tmp_path: Path) -> None:
    for name in CONTROLLERS[1:]:
        (tmp_path / name).mkdir()
    assert host._cgroups(tmp_path) == f"it may not make control groups for {CONTROLLERS[0]}"
    (tmp_path / CONTROLLERS[0]).mkdir()
    assert host._cgroups(tmp_path) is None


@pytest.mark.parametrize(
    ("available", "said"),
    [(NEEDED_MEMORY, None), (3 * 2**30, "it needs 6 GiB of available memory and there are 3.0")],
)
def test_memory_that_is_not_there_is_counted(available: int, said: str | None, tmp_path: Path) -> None:
    information = tmp_path / "meminfo"
    information.write_text(f"MemTotal: 1 kB\nMemAvailable:   {available // 1024} kB\nHugePages_Total: 0\n")
    assert host._memory(information) == said


def test_what_the_system_refuses_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    program(tmp_path, "echo first >&2; echo 'unshare failed: Operation not permitted' >&2; exit 1")
    assert host._namespaces() == (
        "namespaces, mounts or links are not allowed (unshare failed: Operation not permitted)"
    )
    program(tmp_path, "exit 1")
    assert host._namespaces() == "namespaces, mounts or links are not allowed (nothing was said)"


def test_the_trial_is_done_in_the_namespaces_that_a_node_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    program(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/arguments')
    assert host._namespaces() is None
    arguments = (tmp_path / "arguments").read_text().splitlines()
    assert tuple(arguments[: len(host.NAMESPACES)]) == host.NAMESPACES
    assert {"--mount", "--net", "--pid", "--kill-child"} <= set(host.NAMESPACES)


def test_a_trial_that_does_not_end_is_no_reason_to_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **options: float) -> None:
        raise subprocess.TimeoutExpired("unshare", options["timeout"])

    monkeypatch.setattr(host.subprocess, "run", slow)
    assert host._namespaces() == "a trial with namespaces and mounts did not end within 20 s"


@pytest.mark.parametrize("failing", CHECKS)
def test_the_first_obstacle_is_said_and_nothing_is_tried_after_it(
    failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def check(name: str) -> str | None:
        tried.append(name)
        return f"no {name}" if name == failing else None

    for name in CHECKS:
        monkeypatch.setattr(host, name, lambda name=name: check(name))
    assert host.obstacle() == f"no {failing}"
    assert tried == list(CHECKS[: CHECKS.index(failing) + 1])


def test_where_nothing_is_in_the_way_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHECKS:
        monkeypatch.setattr(host, name, lambda: None)
    assert host.obstacle() is None
