"""Waiting for something to become true, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], seconds: float, what: str, pause: float = 0.2) -> Found:
    """The first true answer of ``look``. Fails with ``what`` and the last answer after ``seconds``."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what} (last: {found!r})"
        time.sleep(pause)
    return found
