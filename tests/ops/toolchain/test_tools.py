"""Tools are found, fetched or built; the cache never gives out what is not whole."""

# ruff: noqa: ARG002 - stand-ins have the arguments of what they stand for

import hashlib
import io
import tarfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ops.toolchain import cache
from ops.toolchain.cache import Report, intact
from ops.toolchain.catalogue import NODE_TOOLS, TOOLS
from ops.toolchain.failure import ToolchainError
from ops.toolchain.internet import Internet, OfflineError
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import Tool, ToolName
from ops.toolchain.tools import ensure_group, ensure_tool, estimated_seconds, on_path

ETCD = next(tool for tool in TOOLS if tool.name is ToolName.ETCD)
APISERVER = next(tool for tool in TOOLS if tool.name is ToolName.APISERVER)
KEDA = OPERATOR_TOOLS[OperatorName.KEDA]


class NoInternet(Internet):
    """Nothing can be fetched."""

    def text(self, url: str) -> str:
        raise OfflineError(url)


class Published(Internet):
    """Gives out one file, with a checksum of its own or a wrong one."""

    def __init__(self, content: bytes, checksum: str | None = None) -> None:
        super().__init__()
        self.content = content
        self.checksum = checksum or hashlib.sha256(content).hexdigest()

    def text(self, url: str) -> str:
        release = ETCD.release()
        assert release is not None
        return f"{'0' * 64}  other.tar.gz\n{self.checksum}  {release.url.rpartition('/')[2]}\n"

    def download(self, url: str, target: Path, report: Report) -> None:
        target.write_bytes(self.content)


class Builder:
    """Stands for the Go compiler."""

    def __init__(self, fails: BaseException | None = None) -> None:
        self.built: list[list[str]] = []
        self.fails = fails

    @property
    def builds(self) -> int:
        return len(self.built)

    def __call__(self, tools: Sequence[Tool], programs: Path, report: Report) -> None:
        self.built.append([tool.name.value for tool in tools])
        for tool in tools:
            (programs / tool.name).write_text("half")
        if self.fails is not None:
            raise self.fails
        for tool in tools:
            (programs / tool.name).write_text("#!/bin/sh\n")
            (programs / tool.name).chmod(0o755)


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone and nothing on PATH."""
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def ensure(internet: Internet, builder: Builder, tool: Tool = ETCD) -> Path:
    """Have one tool without saying anything."""
    return ensure_tool(tool, internet, lambda _: None, builder)


def put_on_path(machine: Path, name: str, says: str) -> Path:
    """Install a program that prints its version."""
    program = machine / "bin" / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


def test_what_is_on_path_in_the_right_version_is_taken(empty_machine: Path) -> None:
    program = put_on_path(empty_machine, "etcd", "etcd Version: 3.6.1")
    assert ensure(NoInternet(), Builder()) == program


@pytest.mark.parametrize("says", ["etcd Version: 3.4.9", "etcd Version: 4.0.0", "no version"])
def test_what_is_on_path_in_another_version_is_left_alone(empty_machine: Path, says: str) -> None:
    put_on_path(empty_machine, "etcd", says)
    assert on_path(ETCD) is None


def test_without_internet_it_is_built_once() -> None:
    builder = Builder()
    first, second = ensure(NoInternet(), builder), ensure(NoInternet(), builder)
    assert first == second
    assert builder.builds == 1
    assert intact(first)


@pytest.mark.parametrize("damage", ["changed", "no note", "gone"])
def test_a_damaged_program_is_never_used_but_got_again(damage: str) -> None:
    builder = Builder()
    program = ensure(NoInternet(), builder)
    match damage:
        case "changed":
            program.write_text("#!/bin/sh\nexit 1\n")
        case "no note":
            program.with_name("etcd.sha256").unlink()
        case _:
            program.unlink()
    assert intact(ensure(NoInternet(), builder))
    assert builder.builds == 2


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), ToolchainError("failed")])
def test_an_interrupted_build_leaves_nothing_and_the_next_run_mends_it(
    interruption: BaseException, empty_machine: Path
) -> None:
    with pytest.raises(type(interruption)):
        ensure(NoInternet(), Builder(fails=interruption))
    left = [each.name for each in (empty_machine / "cache").rglob("*") if each.is_file()]
    assert left == ["lock"]
    assert intact(ensure(NoInternet(), Builder()))


def test_two_runs_at_once_build_once() -> None:
    began, may_end = threading.Event(), threading.Event()

    class Slow(Builder):
        def __call__(self, tools: Sequence[Tool], programs: Path, report: Report) -> None:
            began.set()
            assert may_end.wait(10)
            super().__call__(tools, programs, report)

    builder, said = Slow(), list[str]()
    first = threading.Thread(target=lambda: ensure(NoInternet(), builder))
    second = threading.Thread(target=lambda: ensure_tool(ETCD, NoInternet(), said.append, builder))
    first.start()
    assert began.wait(10)
    second.start()
    deadline = time.monotonic() + 10
    while not said and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    may_end.set()
    first.join(10)
    second.join(10)
    assert builder.builds == 1
    assert said == ["waiting for another run that is getting etcd"]


def archive() -> bytes:
    """An etcd release with a program in it."""
    release = ETCD.release()
    assert release is not None
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        program = tarfile.TarInfo(f"{release.member}/etcd")
        program.size = 2
        tar.addfile(program, io.BytesIO(b"#!"))
    return content.getvalue()


def test_a_release_with_its_published_checksum_is_installed() -> None:
    builder = Builder()
    program = ensure(Published(archive()), builder)
    assert intact(program) and program.stat().st_mode & 0o111
    assert builder.builds == 0


def test_a_release_with_another_checksum_is_refused() -> None:
    with pytest.raises(ToolchainError, match="does not have its published checksum"):
        ensure(Published(archive(), "1" * 64), Builder())


def test_a_full_disk_is_said_before_anything_begins(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"GB free and building etcd needs .* free some, or point MCP_PLATFORM_"):
        cache.require_space(tmp_path / "not" / "there", 10**18, "building etcd")


def test_an_unknown_machine_has_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "s390x")
    assert ETCD.release() is None
    assert APISERVER.release() is None


def group(tools: Sequence[Tool], builder: Builder, internet: Internet | None = None) -> dict[ToolName, Path]:
    """Have a group without saying anything."""
    return ensure_group(tools, lambda _: None, internet or NoInternet(), builder)


def test_the_tools_of_one_module_are_one_build_and_those_of_another_a_second() -> None:
    builder = Builder()
    found = group([*KEDA, *OPERATOR_TOOLS[OperatorName.COREDNS]], builder)
    assert builder.built == [["keda-operator", "keda-adapter", "keda-webhooks"], ["coredns"]]
    assert all(intact(path) and path.name == name for name, path in found.items())


def test_only_what_is_missing_in_a_group_is_built() -> None:
    first, second = Builder(), Builder()
    group(KEDA[:1], first)
    found = group(KEDA, second)
    assert second.built == [["keda-adapter", "keda-webhooks"]]
    assert list(found) == [tool.name for tool in KEDA]


def test_an_interrupted_group_keeps_the_modules_that_were_done(empty_machine: Path) -> None:
    class Fails(Builder):
        def __call__(self, tools: Sequence[Tool], programs: Path, report: Report) -> None:
            self.fails = KeyboardInterrupt() if self.built else None
            super().__call__(tools, programs, report)

    wanted = [*OPERATOR_TOOLS[OperatorName.COREDNS], *KEDA]
    with pytest.raises(KeyboardInterrupt):
        group(wanted, Fails())
    left = {each.name for each in (empty_machine / "cache").rglob("*") if each.is_file()}
    assert left == {"lock", "coredns", "coredns.sha256"}
    mended = Builder()
    group(wanted, mended)
    assert mended.built == [["keda-operator", "keda-adapter", "keda-webhooks"]]


def test_overlapping_groups_of_two_runs_build_each_tool_once() -> None:
    began, may_end = threading.Event(), threading.Event()

    class Slow(Builder):
        def __call__(self, tools: Sequence[Tool], programs: Path, report: Report) -> None:
            began.set()
            assert may_end.wait(10)
            super().__call__(tools, programs, report)

    builder, said = Slow(), list[str]()
    first = threading.Thread(target=lambda: group(KEDA, builder))
    second = threading.Thread(target=lambda: ensure_group(KEDA[::-1], said.append, NoInternet(), builder))
    first.start()
    assert began.wait(10)
    second.start()
    deadline = time.monotonic() + 10
    while not said and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    may_end.set()
    first.join(10)
    second.join(10)
    assert builder.builds == 1
    assert said == ["waiting for another run that is getting keda-adapter"]


@pytest.mark.parametrize("tool", [*NODE_TOOLS[:3], *KEDA], ids=lambda tool: tool.name)
def test_what_must_be_of_the_pinned_version_is_not_taken_from_path(tool: Tool, empty_machine: Path) -> None:
    put_on_path(empty_machine, tool.name, f"{tool.name} v{tool.version}")
    assert ensure(NoInternet(), Builder(), tool).is_relative_to(empty_machine / "cache")


def test_an_operator_has_no_release() -> None:
    assert not [tool.name for tools in OPERATOR_TOOLS.values() for tool in tools if tool.release()]


def test_the_estimate_is_of_what_is_missing_only() -> None:
    everything = estimated_seconds(KEDA)
    assert everything == sum(tool.build_seconds for tool in KEDA) > 0
    group(KEDA[1:], Builder())
    assert estimated_seconds(KEDA) == KEDA[0].build_seconds
    group(KEDA, Builder())
    assert estimated_seconds(KEDA) == 0
