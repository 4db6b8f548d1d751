"""The durable core: runs workflows of the database, together with any number of replicas of itself."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

from app.database import LOST, Pool, session, transaction
from app.engine.durable.admission import admit
from app.engine.durable.attempts import Attempts, Ending
from app.engine.durable.claim import Key, claim, load, owned
from app.engine.durable.liveness import Liveness, forget_dead, lost_steps
from app.engine.durable.ports import RoleLimits, StepExecutor
from app.engine.durable.recorder import Recorder
from app.engine.durable.settle import settle
from app.engine.durable.timings import Timings
from app.engine.durable.wakeup import Announcer, Wake

_log = logging.getLogger(__name__)

CONNECTIONS: Final = 5
"""Fewest connections of the pool: heartbeat and listener keep one each, the loops share the rest."""


@dataclass(frozen=True)
class ReplicaSettings:
    """What one replica may do."""

    max_concurrent_workflows: int
    """Workflows that run at once, over all replicas."""
    role_limits: RoleLimits
    slots: int = 100
    """Steps that this replica runs at once."""
    per_tenant: int | None = None
    """Steps of one tenant under one role that it runs at once; None: no bound but the role's."""
    timings: Timings = field(default_factory=Timings)


class DurableCore:
    """One replica. ``pool`` is of login ``worker`` with at least :data:`CONNECTIONS` connections.

    :meth:`run` holds everything in one task group; whatever in it dies takes all of it down, the heartbeat included,
    so that other replicas take over.
    """

    def __init__(
        self,
        pool: Pool,
        executor: StepExecutor,
        settings: ReplicaSettings,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._timings = settings.timings
        self._admission_wake = Wake()
        self._claim_wake = Wake()
        self._stopping = asyncio.Event()
        self._started_at = monotonic()
        self._listeners: list[Callable[[], None]] = []
        self._recorder = Recorder(pool, self._timings, jitter, self._settled)
        self._attempts = Attempts(
            pool, executor, self._recorder, self._timings, freed=self._claim_wake, changed=self._changed
        )
        self._liveness = Liveness(pool, self._timings, lambda: self._recorder.healthy, self._lapsed)
        self._announcer = Announcer(pool, self._timings, uuid4(), self._heard)

    @property
    def replica(self) -> UUID:
        """The identity it runs under now; a lost lease gives it another."""
        return self._liveness.id

    @property
    def alive(self) -> bool:
        """Its last heartbeat was written in time: it may claim."""
        return self._liveness.may_claim

    @property
    def running(self) -> int:
        """Steps in hand."""
        return len(self._attempts)

    def wake(self) -> None:
        """Something was submitted or cancelled: look now, and tell the other replicas."""
        self._admission_wake()
        self._claim_wake()
        self._changed()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener``, from the event loop, after every commit here and every announcement of another replica."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Work until :meth:`stop`. Cancelling it instead is like a crash: nothing is recorded, others take over."""
        async with asyncio.TaskGroup() as tasks:
            services = [
                tasks.create_task(self._liveness.run(), name="heartbeat"),
                tasks.create_task(self._recorder.run(), name="recorder"),
                tasks.create_task(self._announcer.listen(), name="listener"),
                tasks.create_task(self._announcer.send(), name="announcer"),
            ]
            seekers = [
                tasks.create_task(self._admit(), name="admission"),
                tasks.create_task(self._claim(tasks), name="claim"),
                tasks.create_task(self._take_over(), name="takeover"),
            ]
            await self._stopping.wait()
            await _cancel(seekers)
            await self._drain()
            await _cancel(services)

    def stop(self) -> None:
        """Claim no more, let what runs finish for ``timings.drain`` seconds, put the rest back, end :meth:`run`."""
        self._stopping.set()

    async def _drain(self) -> None:
        await self._attempts.finished(self._timings.drain)
        self._attempts.end(self._attempts.keys(), Ending.DRAINED)
        await self._attempts.finished(self._timings.lease)
        self._attempts.end(self._attempts.keys(), Ending.ABANDONED)
        try:
            await self._liveness.deregister()
        except LOST:
            _log.warning("no goodbye: others take over after a lease")

    async def _admit(self) -> None:
        while True:
            admitted = 0
            if self.alive:
                try:
                    async with transaction(self._pool, self._timings.call) as connection:
                        admitted = await admit(connection, self._settings.max_concurrent_workflows)
                except LOST as error:
                    _log.warning("admission failed: %s", type(error).__name__)
            if admitted:
                self._claim_wake()
                self._changed()
            await self._admission_wake.sleep(self._timings.poll)

    async def _claim(self, tasks: asyncio.TaskGroup) -> None:
        reconcile_at = 0.0
        while True:
            claimed: list[Key] = []
            try:
                if self.alive and monotonic() >= reconcile_at:
                    await self._reconcile(tasks)
                    reconcile_at = monotonic() + self._timings.heartbeat
                if self.alive:
                    claimed = await self._claim_once(tasks)
            except LOST as error:
                _log.warning("claim failed: %s", type(error).__name__)
                reconcile_at = 0.0  # its answer may be lost and the steps ours
                await asyncio.sleep(self._timings.pause)
            if claimed:
                self._changed()
            else:
                await self._claim_wake.sleep(self._timings.poll)

    async def _claim_once(self, tasks: asyncio.TaskGroup) -> list[Key]:
        per_tenant = self._settings.per_tenant or self._settings.slots
        room = self._attempts.room(self._settings.slots, self._settings.role_limits(), per_tenant)
        if room.slots <= 0 or not room.roles:
            return []
        owner = self._liveness.id
        async with session(self._pool, self._timings.call) as connection:
            claimed = await claim(connection, owner, self._timings.lease, room)
        if claimed:
            await self._start(tasks, owner, claimed)
        return claimed

    async def _start(self, tasks: asyncio.TaskGroup, owner: UUID, keys: list[Key]) -> None:
        async with session(self._pool, self._timings.call) as connection:
            loaded = await load(connection, owner, keys)
        if owner != self._liveness.id:
            return  # the lease ended meanwhile
        for key, run in loaded:
            self._attempts.start(tasks, owner, key, run)

    async def _reconcile(self, tasks: asyncio.TaskGroup) -> None:
        """Run what the database says is ours and we do not know of; stop what is ours no more."""
        owner = self._liveness.id
        before = self._attempts.keys()
        async with session(self._pool, self._timings.call) as connection:
            ours = await owned(connection, owner)
        unknown = [key for key in ours if key not in before]
        if unknown:
            await self._start(tasks, owner, unknown)
        self._attempts.end(before - frozenset(ours), Ending.ABANDONED)

    async def _take_over(self) -> None:
        while True:
            await asyncio.sleep(self._timings.heartbeat)
            if not self._liveness.may_take_over:
                continue
            try:  # in one transaction, never tried again: after an outage the dead may be alive
                async with transaction(self._pool, self._timings.call) as connection:
                    lost = await lost_steps(connection, self._timings.lease)
                    taken = await settle(connection, lost, self._timings.backoff) if lost else None
                    if taken is None:
                        await forget_dead(connection, self._timings.lease)
            except LOST as error:
                _log.warning("look for dead replicas failed: %s", type(error).__name__)
                continue
            if taken is not None:
                _log.warning("took over %d steps of dead replicas", len(taken.recorded))
                self._settled()

    def _lapsed(self, owner: UUID) -> None:
        self._attempts.end(self._attempts.owned_by(owner), Ending.ABANDONED)

    def _settled(self) -> None:
        self._admission_wake()
        self._claim_wake()
        self._changed()

    def _heard(self) -> None:
        self._admission_wake()
        self._claim_wake()
        self._tell()

    def _changed(self) -> None:
        self._announcer.announce()
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
