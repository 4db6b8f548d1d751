"""Values from mounted files, read again when their file changes.

A Secret or ConfigMap that is mounted as a directory changes by swapping its ``..data`` link, some time after the object
did. Whoever uses such a value asks for it at each use, so that a rotation needs no restart.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from app.environment import BadEnvironmentError, Environment

LOGGER = logging.getLogger(__name__)
Signature = tuple[str, int, int, int] | None
Value = TypeVar("Value")


def signature(path: Path) -> Signature:
    """Changes whenever the file or the link to it does; None where there is no file."""
    try:
        stat = path.stat()
        return (str(path.resolve()), stat.st_mtime_ns, stat.st_size, stat.st_ino)
    except OSError:
        return None


class Mounted(Generic[Value]):
    """Called, gives the newest good value of the file that a variable points to; asking costs one look at the file.

    A file that turns bad keeps the last good value in use and is complained of once, by the variable's name alone.
    """

    def __init__(self, env: Environment, name: str, read: Callable[[], Value]) -> None:
        """``read`` reads and checks the file of variable ``name``; its :class:`BadEnvironmentError` is passed on."""
        self._path = Path(env.text(name))
        self._name = name
        self._read = read
        self._signature = signature(self._path)
        self._value = read()

    def __call__(self) -> Value:
        """The newest good value. Never raises."""
        found = signature(self._path)
        if found == self._signature:
            return self._value
        self._signature = found
        try:
            self._value = self._read()
        except BadEnvironmentError as fault:
            LOGGER.error("kept the last good value: %s", fault)
        else:
            LOGGER.info("read again: the file changed", extra={"variable": self._name})
        return self._value
