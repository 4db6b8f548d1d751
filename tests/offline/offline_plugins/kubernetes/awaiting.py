"""Waiting until an object is ready, or saying why it is not."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from offline_plugins.kubernetes import conditions, diagnosis
from offline_plugins.kubernetes.naming import annotation, label
from offline_plugins.kubernetes.readiness.rules import DEFAULT_SECONDS, RULES
from offline_plugins.kubernetes.readiness.verdict import SETTLE_SECONDS, Around, Rule, Verdict, waiting
from ops.controlplane.api import Api, ApiError, Json, UnknownKindError

TIMEOUT = "pulumi.com/timeoutSeconds"
FIRST_PAUSE = 0.05

Say = Callable[[str, bool], None]
"""Shows a sentence while waiting; the flag says that it is a warning."""


@dataclass(frozen=True)
class Patience:
    """Seconds between looks, for endpoints to settle, and until pods' troubles are shown (again)."""

    pause: float = 0.25
    settle: float = SETTLE_SECONDS
    troubles: float = 10.0


@dataclass(frozen=True)
class Expectation:
    """What is waited for, if anything, and how long."""

    rule: Rule | None
    seconds: float = DEFAULT_SECONDS


class NotReadyError(Exception):
    """The object exists and is not ready.

    Attributes:
        live: the object as it was last seen.
        reasons: sentences, the first names the object and says what is missing.
    """

    def __init__(self, live: Json, reasons: list[str]) -> None:
        super().__init__(reasons[0])
        self.live = live
        self.reasons = reasons


def expectation(manifest: Json, seconds: float) -> Expectation:
    """Say what to wait for after an object was made or changed.

    Args:
        manifest: the program's object with its annotations.
        seconds: the resource's own time-out, 0 where it has none.

    Raises:
        BadConditionError: its ``pulumi.com/waitFor`` cannot be read.
    """
    if conditions.is_skipped(manifest):
        return Expectation(None)
    seconds = seconds or _whole(annotation(manifest, TIMEOUT))
    wanted = annotation(manifest, conditions.WAIT_FOR)
    if wanted:
        return Expectation(conditions.parse(wanted), seconds or DEFAULT_SECONDS)
    built_in = RULES.get(f"{manifest['apiVersion']}/{manifest['kind']}")
    return Expectation(built_in.rule, seconds or built_in.seconds) if built_in else Expectation(None)


class Awaiter:
    """Waits for objects of one API server.

    Args:
        api: the API server.
        cancelled: ends every wait.
        patience: how often to look.
    """

    def __init__(self, api: Api, cancelled: threading.Event, patience: Patience) -> None:
        self._api = api
        self._cancelled = cancelled
        self._patience = patience

    def ready(self, made: Json, expected: Expectation, say: Say) -> Json:
        """Return the object once it is ready.

        Args:
            made: the object as the server answered.
            expected: what to wait for.
            say: shows progress.

        Raises:
            NotReadyError: it failed, was deleted, time is up, or the engine cancelled.
        """
        if expected.rule is None:
            return made
        around = Around(self._api, self._patience.settle)
        teller = _Teller(self._api, say, self._patience.troubles)
        live, begun, pause = made, time.monotonic(), FIRST_PAUSE
        while True:
            verdict = self._judge(expected.rule, live, around)
            waited = time.monotonic() - begun
            over = self._cancelled.is_set() or waited >= expected.seconds
            if verdict.ready or (over and verdict.enough):
                teller.done()
                return live
            if verdict.failed:
                raise self._not_ready(live, verdict, "")
            if over:
                ended = "cancelled" if self._cancelled.is_set() else "timed out"
                raise self._not_ready(live, verdict, f" ({ended} after {waited:.0f} s)")
            teller.missing(verdict.words)
            teller.troubles(live, waited)
            self._cancelled.wait(min(pause, max(expected.seconds - waited, 0)))
            pause = min(pause * 2, self._patience.pause)
            live = self._look(live)

    def unready(self, live: Json) -> NotReadyError | None:
        """Judge an object once, for a refresh; kinds that the real provider does not ask about are ready."""
        built_in = RULES.get(f"{live['apiVersion']}/{live['kind']}")
        if built_in is None or not built_in.refreshed:
            return None
        verdict = self._judge(built_in.rule, live, Around(self._api, settle=0, grace=0))
        return None if verdict.ready or verdict.enough else self._not_ready(live, verdict, "")

    def _judge(self, rule: Rule, live: Json, around: Around) -> Verdict:
        try:
            return rule(live, around)
        except (ApiError, UnknownKindError, httpx.TransportError) as error:
            return waiting(f"what it depends on could not be read: {error}")

    def _look(self, live: Json) -> Json:
        metadata = live["metadata"]
        try:
            found = self._api.get(live["apiVersion"], live["kind"], metadata["name"], metadata.get("namespace"))
        except (ApiError, UnknownKindError, httpx.TransportError):
            return live  # the next look may succeed; if none does, time runs out
        if found is None or found["metadata"]["uid"] != metadata["uid"]:
            raise NotReadyError(live, [f"{label(live)} was deleted before it was ready"])
        return found

    def _not_ready(self, live: Json, verdict: Verdict, ended: str) -> NotReadyError:
        first = f"{label(live)} is there, but it is not ready: {verdict.words}{ended}"
        return NotReadyError(live, [first, *diagnosis.reasons(self._api, live)])


class _Teller:
    """Says what is missing when that changes, and pods' troubles once, after a while."""

    def __init__(self, api: Api, say: Say, every: float) -> None:
        self._api = api
        self._say = say
        self._every = self._next = every
        self._said: set[str] = set()
        self._shown = ""

    def missing(self, words: str) -> None:
        if words != self._shown:
            self._shown = words
            self._say(f"Waiting: {words}", False)

    def troubles(self, live: Json, waited: float) -> None:
        if waited < self._next:
            return
        self._next = waited + self._every
        for trouble in diagnosis.pod_reasons(self._api, live):
            if trouble not in self._said:
                self._said.add(trouble)
                self._say(trouble, True)

    def done(self) -> None:
        if self._shown:
            self._say("", False)


def _whole(text: str | None) -> float:
    """A number of seconds; anything else counts as not given, as with the real provider."""
    return float(text) if text and text.isdecimal() else 0.0
