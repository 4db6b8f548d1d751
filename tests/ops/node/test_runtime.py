"""The container runtime is had once for each Debian release, whole or not at all. Stand-ins for apt-get and dpkg."""

import shutil
from pathlib import Path

import pytest

from ops.node import runtime
from ops.node.failure import NodeError
from ops.node.runtime import COMPLETE, PACKAGES, ensure_runtime

RELEASE = {"ID": "debian", "VERSION_ID": "12"}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a cache of this test alone, where packages can be had; its programs note how they are called."""
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(runtime.platform, "freedesktop_os_release", lambda: dict(RELEASE))
    archives = r"""for each in "$@"; do case "$each" in Dir::Cache::archives=*) at="${each#*=}";; esac; done"""
    install(tmp_path, "apt-get", f'{archives}\ntouch "$at/containerd.deb" "$at/runc.deb"')
    install(tmp_path, "dpkg", 'mkdir -p "$3/usr/sbin" "$3/usr/bin"; touch "$3/usr/bin/$(basename "$2" .deb)"')
    return tmp_path


def install(machine: Path, name: str, body: str) -> None:
    """Put a program first on PATH."""
    path = machine / "bin" / name
    path.write_text(f'#!/bin/sh\necho "$*" >> {machine}/{name}.calls\n{body}\n')
    path.chmod(0o755)


def calls(machine: Path, name: str) -> list[str]:
    """How a program was called."""
    path = machine / f"{name}.calls"
    return path.read_text().splitlines() if path.exists() else []


def test_packages_are_unpacked_into_the_cache_and_nothing_is_installed(machine: Path) -> None:
    root = ensure_runtime(lambda _: None)
    assert root.is_relative_to(machine / "cache")
    assert {path.name for path in (root / "usr/bin").iterdir()} == {"containerd", "runc"}
    assert (root / COMPLETE).read_text().split() == ["containerd.deb", "runc.deb"]
    assert all("--download-only" in call for call in calls(machine, "apt-get"))
    assert all(call.startswith("-x ") for call in calls(machine, "dpkg"))


def test_iptables_of_the_node_speaks_to_nftables_as_kube_proxy_does() -> None:
    sbin = ensure_runtime(lambda _: None) / "usr/sbin"
    links = {path.name: str(path.readlink()) for path in sbin.iterdir()}
    assert links == {
        f"{name}{suffix}": "xtables-nft-multi"
        for name in ("iptables", "ip6tables")
        for suffix in ("", "-save", "-restore")
    }


def test_it_is_had_once(machine: Path) -> None:
    first = ensure_runtime(lambda _: None)
    before = calls(machine, "apt-get")
    assert ensure_runtime(lambda _: None) == first
    assert calls(machine, "apt-get") == before


def test_a_half_unpacked_one_is_never_used(machine: Path) -> None:
    root = ensure_runtime(lambda _: None)
    (root / COMPLETE).unlink()
    (root / "usr/bin/left-over").touch()
    assert ensure_runtime(lambda _: None) == root
    assert (root / COMPLETE).exists() and not (root / "usr/bin/left-over").exists()


@pytest.mark.parametrize("changed", ["VERSION_ID", "ID"])
def test_another_release_has_another_one(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = runtime._key()
    monkeypatch.setattr(runtime.platform, "freedesktop_os_release", lambda: RELEASE | {changed: "other"})
    assert runtime._key() != before


def test_another_list_of_packages_has_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = runtime._key()
    assert runtime._key() == before
    monkeypatch.setattr(runtime, "PACKAGES", PACKAGES[:-1])
    assert runtime._key() != before


def test_an_index_is_fetched_only_where_there_is_none(machine: Path) -> None:
    ensure_runtime(lambda _: None)
    assert not [call for call in calls(machine, "apt-get") if "update" in call.split()]


def test_a_fetched_index_is_the_caches_own(machine: Path) -> None:
    works = (machine / "bin/apt-get").read_text().partition("\n")[2].partition("\n")[2]
    install(machine, "apt-get", f'case "$*" in *Dir::State::lists=*) ;; *) exit 100;; esac\n{works}')
    ensure_runtime(lambda _: None)
    first, update, again = calls(machine, "apt-get")
    assert "install" in first.split() and "update" in update.split() and "install" in again.split()
    for call in (update, again):
        assert f"Dir::State::lists={machine / 'cache'}" in call


def test_a_failing_apt_get_is_one_sentence_and_leaves_nothing(machine: Path) -> None:
    install(machine, "apt-get", "echo 'W: slow' >&2; echo 'E: Unable to locate package containerd' >&2; exit 100")
    with pytest.raises(NodeError) as refused:
        ensure_runtime(lambda _: None)
    assert str(refused.value) == (
        "The container runtime cannot be had from this machine's package sources "
        "(E: Unable to locate package containerd): mend `apt-get update`, "
        "or choose another cluster with CLUSTER=kind, context or processes."
    )
    left = [path for path in (machine / "cache").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["lock"]


def test_an_apt_get_that_says_nothing_still_gives_a_sentence(machine: Path) -> None:
    install(machine, "apt-get", "exit 1")
    with pytest.raises(NodeError, match=r"package sources \(no reason was given\)"):
        ensure_runtime(lambda _: None)


def test_an_apt_get_that_hangs_is_not_waited_for_for_ever(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shutil.which("sleep")
    install(machine, "apt-get", "exec sleep 30")
    monkeypatch.setattr(runtime, "SECONDS", 0.05)
    with pytest.raises(NodeError, match="it did not end within 0 s"):
        ensure_runtime(lambda _: None)
