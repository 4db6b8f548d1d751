"""Numbered steps with what they are doing and how long they took. A terminal sees them live, a file once each."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

INTERVAL = 5.0
"""Where nobody can watch a line change, a long step says this often, seconds, that it goes on."""


class Step:
    """One step while it runs."""

    def __init__(self, steps: "Steps", label: str) -> None:
        self._steps = steps
        self._label = label
        self._begun = time.monotonic()
        self._told = self._begun
        self._detail = ""

    def say(self, detail: str) -> None:
        """What it is doing; replaces what was said before."""
        changed = detail != self._detail
        self._detail = detail
        now = time.monotonic()
        if self._steps.live:
            self._steps.show(self.line(), end="")
        elif changed and now - self._told >= INTERVAL:
            self._told = now
            self._steps.show(self.line())

    def line(self) -> str:
        """The step as it stands."""
        return f"{self._label} {self._detail}  {time.monotonic() - self._begun:.1f} s"


class Steps:
    """A fixed number of steps, shown on one stream."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._count = 0
        self._stream = sys.stdout if stream is None else stream
        self._width = 0
        self.begun = time.monotonic()
        self.live = self._stream.isatty()

    @contextmanager
    def step(self, name: str) -> Generator[Step]:
        """Run one step; its last words stay on the screen, also when it fails."""
        self._count += 1
        step = Step(self, f"[{self._count}/{self._total}] {name:<22}")
        if self.live:
            self.show(step.line(), end="")
        try:
            yield step
        finally:
            self.show(step.line())

    def show(self, line: str, end: str = "\n") -> None:
        """Write a line; on a terminal over the one before it."""
        if self.live:
            self._stream.write(f"\r{line:<{self._width}}{end}")
            self._width = len(line) if end == "" else 0
        else:
            self._stream.write(f"{line}{end}")
        self._stream.flush()

    @property
    def elapsed(self) -> float:
        """Seconds since the first step began."""
        return time.monotonic() - self.begun
