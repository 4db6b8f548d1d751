"""What the first process does before any server starts. Programs of the system are recorded here, not run."""

from collections.abc import Iterator
from pathlib import PosixPath

import pytest

from ops.node import init
from ops.node.init import SHADOWED, Need, Server, Spec, read_spec
from ops.node.layout import INSIDE, SOCKET

SERVERS = [
    Server("etcd", ["/programs/etcd", "--a=b"]),
    Server("scheduler", ["/programs/scheduler"], Need.API),
    Server("kubelet", ["/programs/kubelet"], Need.RUNTIME_AND_API),
]
SPEC = Spec(
    directory="/state/node",
    inside=str(INSIDE),
    runtime="/cache/runtime",
    hostname="host",
    address="10.0.0.10",
    gateway="10.0.0.1",
    cgroup="group",
    api="https://127.0.0.1:6443",
    socket=SOCKET,
    servers=SERVERS,
)
BASE = INSIDE.parent
OVERLAYS = {"/etc", "/usr", "/var/lib", "/var/log"}
deeds: list[tuple[str, ...]] = []
"""What the code under test did, in order: ``call`` with a command line, ``mkdir`` and ``write`` with a path."""


class Recording(PosixPath):
    """A path that notes what would be changed, and changes nothing."""

    def mkdir(self, *_: object, **__: object) -> None:
        deeds.append(("mkdir", str(self)))

    def write_text(self, data: str, *_: object, **__: object) -> int:
        deeds.append(("write", str(self), data))
        return len(data)


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing of this machine is changed."""
    deeds.clear()
    monkeypatch.setattr(init, "Path", Recording)
    monkeypatch.setattr(init, "call", lambda *command: deeds.append(("call", *command)))
    yield
    deeds.clear()


def calls() -> list[tuple[str, ...]]:
    """The command lines."""
    return [deed[1:] for deed in deeds if deed[0] == "call"]


def is_below(path: str, directory: str) -> bool:
    """Whether a path is in a directory or is it."""
    return PosixPath(path).is_relative_to(directory)


def test_what_the_first_process_is_told_survives_the_file_it_is_told_in() -> None:
    assert read_spec(SPEC.to_json()) == SPEC


def test_an_unknown_need_is_refused_before_anything_is_mounted() -> None:
    with pytest.raises(ValueError, match="sunshine"):
        read_spec(SPEC.to_json().replace('"api"', '"sunshine"'))


def test_nothing_is_mounted_outside_the_base_but_what_is_laid_over_the_system() -> None:
    init.mount_everything(SPEC)
    targets = [command[-1] for command in calls() if command[0] == "mount"]
    covered = {*OVERLAYS, "/run", "/"}
    assert {each for each in targets if not is_below(each, str(BASE))} - covered == {
        "/var/lib/containerd",
        "/var/lib/kubelet",
    }
    assert ("mount", "--make-rshared", "/") in calls()
    assert [each for each in targets if each in OVERLAYS] == ["/etc", "/usr", "/var/lib", "/var/log"]


def test_nothing_is_written_before_something_of_the_nodes_own_lies_there() -> None:
    """Every directory and file is below a mount that was made earlier, so the machine's own never changes."""
    init.mount_everything(SPEC)
    mounted: list[str] = []
    for kind, *rest in deeds:
        if kind == "call":
            mounted.append(rest[-1])
        else:
            assert any(is_below(rest[0], place) for place in mounted if place != "/"), rest[0]


def test_writable_layers_are_in_memory_and_the_nodes_data_in_its_directory() -> None:
    init.mount_everything(SPEC)
    assert calls()[0] == ("mount", "-t", "tmpfs", "-o", "mode=711", "tmpfs", str(BASE))
    for command in calls():
        if "overlay" in command:
            options = dict(part.split("=", 1) for part in command[command.index("-o") + 1].split(","))
            assert is_below(options["upperdir"], str(BASE / "layers"))
            assert is_below(options["workdir"], str(BASE / "layers"))
            assert options["lowerdir"].split(":")[-1] == command[-1]
    for name in ("containerd", "kubelet"):
        assert ("mount", "--bind", str(INSIDE / "data" / name), f"/var/lib/{name}") in calls()


def test_no_two_overlays_share_a_layer() -> None:
    init.mount_everything(SPEC)
    layers = [
        part.split("=", 1)[1]
        for command in calls()
        if "overlay" in command
        for part in command[command.index("-o") + 1].split(",")
        if not part.startswith("lowerdir")
    ]
    assert len(layers) == len(set(layers)) == 2 * len(OVERLAYS)


def test_the_runtime_lies_above_the_machines_own_programs() -> None:
    init.mount_everything(SPEC)
    assert ("mount", "--bind", "/cache/runtime", str(BASE / "runtime")) in calls()
    (options,) = [command[command.index("-o") + 1] for command in calls() if command[-1] == "/usr"]
    assert f"lowerdir={BASE}/runtime/usr:/usr," in options


def test_settings_of_the_machine_are_bound_over_and_never_written() -> None:
    init.shadow_settings()
    bound = {command[-1].removeprefix("/proc/sys/"): command[-2] for command in calls()}
    assert set(bound) == set(SHADOWED)
    written = {deed[1]: deed[2].strip() for deed in deeds if deed[0] == "write"}
    assert {name: written[copy] for name, copy in bound.items()} == SHADOWED
    assert not [path for path in written if is_below(path, "/proc")]
    assert len(set(bound.values())) == len(bound)


def test_the_only_setting_that_is_written_belongs_to_the_nodes_own_network() -> None:
    init.make_network(SPEC)
    assert [deed[1:] for deed in deeds if deed[0] == "write"] == [("/proc/sys/net/ipv4/ip_forward", "1")]
    assert {command[0] for command in calls()} == {"ip"}
    assert ("ip", "addr", "add", "10.0.0.10/24", "dev", "node0") in calls()
    assert calls()[-1] == ("ip", "route", "add", "default", "via", "10.0.0.1", "dev", "node0")


def test_a_failing_program_of_the_system_ends_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(init.subprocess.CalledProcessError):
        init.call("false")
