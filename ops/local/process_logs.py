"""What processes wrote into files, of one or of all, once or as it comes."""

import time
from collections.abc import Iterator
from pathlib import Path

from ops.local.failure import LocalError
from ops.local.state import State

LINES = 200
"""Shown of each log at first."""
INTERVAL = 0.25


def logs(state: State, name: str | None, *, follow: bool) -> int:
    """Print the last lines of one log or of all, then new ones until interrupted. Raises :class:`LocalError`."""
    found = find(state, name)
    width = max(len(each) for each in found)
    tails = {each: Tail(path) for each, path in found.items()}
    while True:
        for each, tail in tails.items():
            for line in tail.new():
                print(line if len(found) == 1 else f"{each:<{width}} | {line}", flush=True)
        if not follow:
            return 0
        time.sleep(INTERVAL)


def find(state: State, name: str | None) -> dict[str, Path]:
    """Logs by name: all, or those whose names begin with ``name``."""
    paths = [
        *state.logs.glob("*.log"),
        *(state.control_plane / "logs").glob("*.log"),
        *(state.node / "logs").glob("*.log"),
    ]
    every = {path.stem: path for path in sorted(paths)}
    if not every:
        raise LocalError("There are no logs yet: run `make up` first.")
    if not name:
        return every
    found = {each: path for each, path in every.items() if each.startswith(name)}
    if not found:
        raise LocalError(f"There is no log of {name}: choose one of {', '.join(every)}.")
    return found


class Tail:
    """The end of a growing file."""

    def __init__(self, path: Path, lines: int = LINES) -> None:
        self._path = path
        self._lines = lines
        self._offset: int | None = None

    def new(self) -> Iterator[str]:
        """Complete lines that were not given before; at first the last few. A file that shrank is read anew."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return iter(())
        if self._offset is None:
            self._offset = len(content) if content.endswith(b"\n") or not content else content.rfind(b"\n") + 1
            return iter(content[: self._offset].decode(errors="replace").splitlines()[-self._lines :])
        if len(content) < self._offset:
            self._offset = 0
        end = content.rfind(b"\n") + 1
        fresh = content[self._offset : end] if end > self._offset else b""
        self._offset += len(fresh)
        return iter(fresh.decode(errors="replace").splitlines())
