"""The recorder gathers outcomes and writes them in batches; what cannot be written fails alone."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

from app.database import LOST, Pool, transaction
from app.engine.durable.claim import Key
from app.engine.durable.plan import Settlement
from app.engine.durable.ports import Failed
from app.engine.durable.settle import confirmed, settle
from app.engine.durable.timings import Timings

_log = logging.getLogger(__name__)

BATCH = 200


class Recorder:
    """Writes settlements in batches. ``wrote`` is called after every commit, and after one whose answer was lost."""

    def __init__(self, pool: Pool, timings: Timings, jitter: Callable[[], float], wrote: Callable[[], None]) -> None:
        self._pool = pool
        self._timings = timings
        self._jitter = jitter
        self._wrote = wrote
        self._waiting: list[tuple[Settlement, asyncio.Future[bool]]] = []
        self._arrived = asyncio.Event()
        self._busy_since: float | None = None

    @property
    def healthy(self) -> bool:
        """No outcome has waited for longer than a lease."""
        return self._busy_since is None or monotonic() - self._busy_since < self._timings.lease

    async def put(self, settlement: Settlement) -> bool:
        """Have ``settlement`` written; True once it is, False where its step was lost before."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((settlement, done))
        self._arrived.set()
        return await done

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                batch = self._waiting[:BATCH]
                del self._waiting[:BATCH]
                self._busy_since = monotonic()
                recorded = await self.record([settlement for settlement, _ in batch])
                for settlement, done in batch:
                    if not done.done():
                        done.set_result(settlement.key in recorded)
            self._busy_since = None

    async def record(self, batch: Sequence[Settlement]) -> set[Key]:
        """Write ``batch``, by halves where the whole is refused; returns what was written.

        While the database is away it tries again: the fence tells whether an earlier try was committed after all.
        """
        try:
            return await self._commit(batch)
        except Exception as error:
            if len(batch) == 1:
                return await self._record_poisoned(batch[0], error)
            middle = len(batch) // 2
            return await self.record(batch[:middle]) | await self.record(batch[middle:])

    async def _commit(self, batch: Sequence[Settlement]) -> set[Key]:
        unknown = False
        while True:
            try:
                async with transaction(self._pool, self._timings.call) as connection:
                    recorded = set((await settle(connection, batch, self._backoff)).recorded)
                    if unknown:
                        recorded |= await confirmed(connection, batch)
            except LOST as error:
                unknown = True
                _log.warning("outcomes not confirmed, reading again: %s", type(error).__name__)
                await asyncio.sleep(self._timings.pause)
            else:
                self._wrote()
                return recorded

    async def _record_poisoned(self, settlement: Settlement, error: Exception) -> set[Key]:
        key, reason = settlement.key, type(error).__name__
        _log.error("outcome of step %s of workflow %s cannot be recorded: %s", key.step, key.workflow, reason)
        failed = Failed("unrecordable", f"its outcome cannot be stored: {reason}", retryable=False)
        return await self._commit([replace(settlement, outcome=failed)])

    def _backoff(self, attempt: int) -> float:
        return self._timings.backoff(attempt, self._jitter())
