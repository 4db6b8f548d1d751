"""Entering a running node's namespaces: a command line for a program, and a thread for sockets."""

import ctypes
import os
from collections.abc import Sequence
from typing import Final

NETWORK: Final = 0x40000000
"""CLONE_NEWNET."""


def inside(pid: int, command: Sequence[str]) -> list[str]:
    """The command line that runs ``command`` inside the node whose first process is ``pid``."""
    return ["nsenter", "-t", str(pid), "-m", "-n", "-p", "-u", "-i", "--", *command]


def enter_network(pid: int) -> None:
    """Move the calling thread, and no other, into the node's network; sockets that it makes from now on are there.

    Raises:
        OSError: there is no such process, or root is needed.
    """
    descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, NETWORK) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(descriptor)
