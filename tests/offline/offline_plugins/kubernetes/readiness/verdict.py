"""What a rule says of an object, and what it may look at to say so."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ops.controlplane.api import Api, Json

SETTLE_SECONDS = 10.0
"""The real provider lets endpoints be unchanged for so long before it trusts them."""
GRACE_SECONDS = 60.0
"""An Ingress in a namespace that never had endpoints waits for them so long."""


@dataclass(frozen=True)
class Verdict:
    """One look at one object.

    Attributes:
        ready: there is nothing more to wait for.
        failed: waiting longer cannot help.
        enough: counts as ready when the time is up.
        words: what is missing, in one sentence.
    """

    ready: bool = False
    failed: bool = False
    enough: bool = False
    words: str = ""


READY = Verdict(ready=True)


def waiting(words: str, *, enough: bool = False) -> Verdict:
    """Say what is still missing."""
    return Verdict(enough=enough, words=words)


def failed(words: str) -> Verdict:
    """Say why it will never be ready."""
    return Verdict(failed=True, words=words)


class Quiet:
    """How long something has not changed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = self._since = clock()
        self._seen: Any = None

    @property
    def age(self) -> float:
        """Seconds since the wait began."""
        return self._clock() - self._started

    def seconds(self, seen: Any) -> float:
        """Seconds for which ``seen`` has been the same."""
        if seen != self._seen:
            self._seen, self._since = seen, self._clock()
        return self._clock() - self._since


@dataclass
class Around:
    """What a rule sees beside the object itself; made anew for each wait.

    Attributes:
        api: the API server.
        settle: seconds for which endpoints have to be unchanged.
        grace: seconds after which endpoints are no longer expected.
        quiet: memory of when endpoints changed.
    """

    api: Api
    settle: float = SETTLE_SECONDS
    grace: float = GRACE_SECONDS
    quiet: Quiet = field(default_factory=Quiet)


Rule = Callable[[Json, Around], Verdict]
