"""Stand-ins for programs that drive clusters: the first on PATH, they note how they are called."""

from pathlib import Path

import pytest

from ops.local.state import State


class Bench:
    """Programs of one test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()

    def install(self, name: str, body: str = "") -> Path:
        """A program that notes its arguments and does ``body``."""
        program = self.directory / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.directory}/calls\n{body}\n')
        program.chmod(0o755)
        return program

    def calls(self) -> list[str]:
        """Every call of every program, in order."""
        path = self.directory / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Nothing but the system's own programs and those that the test installs is on PATH."""
    bench = Bench(tmp_path / "bin")
    for name in ("sh", "cat", "sleep", "test", "echo", "touch", "cp"):
        found = next((each for each in (Path("/bin") / name, Path("/usr/bin") / name) if each.exists()), None)
        if found is not None:
            (bench.directory / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(bench.directory))
    return bench


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A state directory."""
    state = State(tmp_path / "state")
    state.make()
    return state
