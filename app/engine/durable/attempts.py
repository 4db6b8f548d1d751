"""The runs this replica has in hand: starting them, and ending them in one of three ways."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from app.database import Pool
from app.engine.durable.claim import Key, Room
from app.engine.durable.journal import StepJournal
from app.engine.durable.plan import Settlement
from app.engine.durable.ports import Failed, LeaseLost, Requeue, StepExecutor, StepOutcome, StepRun
from app.engine.durable.recorder import Recorder
from app.engine.durable.timings import Timings

_log = logging.getLogger(__name__)


class Ending(Enum):
    """Why a run is cancelled."""

    DRAINED = "the process stops: the step goes back unspent"
    ABANDONED = "the lease is lost: nothing may be recorded"


@dataclass
class Attempt:
    """One run in hand."""

    run: StepRun
    owner: UUID
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None


class Attempts:
    """Runs steps with ``executor`` and hands their outcomes to ``recorder``.

    ``freed`` is called as each run ends, ``changed`` as each records a turn.
    """

    def __init__(
        self,
        pool: Pool,
        executor: StepExecutor,
        recorder: Recorder,
        timings: Timings,
        *,
        freed: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._executor = executor
        self._recorder = recorder
        self._timings = timings
        self._freed = freed
        self._changed = changed
        self._in_hand: dict[Key, Attempt] = {}

    def __len__(self) -> int:
        return len(self._in_hand)

    def keys(self) -> frozenset[Key]:
        """What is in hand now."""
        return frozenset(self._in_hand)

    def room(self, slots: int, limits: Mapping[str, int], per_tenant: int) -> Room:
        """What else fits, with ``slots`` in all and ``limits`` by role."""
        busy = Counter((attempt.run.role, attempt.run.tenant) for attempt in self._in_hand.values())
        taken = Counter(attempt.run.role for attempt in self._in_hand.values())
        roles = {role: limit - taken[role] for role, limit in limits.items() if limit > taken[role]}
        return Room(slots - len(self._in_hand), roles, busy, per_tenant)

    def start(self, tasks: asyncio.TaskGroup, owner: UUID, key: Key, run: StepRun) -> None:
        """Run a claimed step in ``tasks``."""
        if key in self._in_hand:
            return
        attempt = Attempt(run, owner)
        self._in_hand[key] = attempt
        attempt.task = tasks.create_task(self._run(key, attempt), name=f"{run.workflow}/{run.step}")
        attempt.task.add_done_callback(lambda _: self._forget(key))

    def end(self, keys: Iterable[Key], ending: Ending) -> None:
        """Cancel runs; those already over are passed by."""
        for key in list(keys):
            attempt = self._in_hand.get(key)
            if attempt is not None and attempt.task is not None and attempt.ending is None:
                attempt.ending = ending
                attempt.task.cancel()

    def owned_by(self, owner: UUID) -> list[Key]:
        """What is in hand under one of this replica's identities."""
        return [key for key, attempt in self._in_hand.items() if attempt.owner == owner]

    async def finished(self, seconds: float) -> None:
        """Until nothing is in hand, at most ``seconds``."""
        tasks = [attempt.task for attempt in self._in_hand.values() if attempt.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _run(self, key: Key, attempt: Attempt) -> None:
        try:
            outcome = await self._outcome(key, attempt)
            if outcome is not None:
                await self._recorder.put(Settlement(key, attempt.owner, outcome))
        except asyncio.CancelledError:
            if attempt.ending is None:
                raise  # the whole core is cancelled
            if attempt.ending is Ending.DRAINED:
                await self._recorder.put(Settlement(key, attempt.owner, Requeue("draining", 0)))

    def _forget(self, key: Key) -> None:
        del self._in_hand[key]
        self._freed()

    async def _outcome(self, key: Key, attempt: Attempt) -> StepOutcome | None:
        """The executor's outcome, or None where the step is no longer ours."""
        journal = StepJournal(self._pool, attempt.run, key, attempt.owner, self._timings, self._changed)
        try:
            outcome = await self._executor.run(attempt.run, journal)
        except LeaseLost:
            return None
        except Exception as error:
            _log.exception("step %s of workflow %s broke its executor", key.step, key.workflow)
            return Failed("internal", f"the executor raised {type(error).__name__}", retryable=True)
        return None if attempt.ending is Ending.ABANDONED else outcome
