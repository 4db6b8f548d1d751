"""Entering a node: by a command line that joins each of its namespaces, and refused where there is none."""

import threading

import pytest

from ops.node.host import NAMESPACES
from ops.node.namespaces import enter_network, inside

SHORT = {"--mount": "-m", "--net": "-n", "--pid": "-p", "--uts": "-u", "--ipc": "-i"}


def test_a_command_joins_every_namespace_that_the_node_was_given() -> None:
    command = inside(42, ["ctr", "--version"])
    before, after = command[: command.index("--")], command[command.index("--") + 1 :]
    assert before[:3] == ["nsenter", "-t", "42"]
    assert set(before[3:]) == {SHORT[each] for each in NAMESPACES if each in SHORT}
    assert after == ["ctr", "--version"]


def test_the_network_of_a_process_that_is_gone_cannot_be_entered() -> None:
    refused: list[BaseException] = []

    def enter() -> None:
        try:
            enter_network(2**22 + 1)  # above the largest process id that Linux gives
        except OSError as error:
            refused.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join(10)
    assert [type(each) for each in refused] == [FileNotFoundError]


def test_it_is_one_sentence_of_the_system_where_root_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the system call: it refuses, as it does for everybody but root."""
    import ctypes
    import errno
    import os

    class Refusing:
        @staticmethod
        def setns(_descriptor: int, _kind: int) -> int:
            ctypes.set_errno(errno.EPERM)
            return -1

    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - open descriptors have no names of their own
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: Refusing)
    with pytest.raises(PermissionError):
        enter_network(os.getpid())
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
