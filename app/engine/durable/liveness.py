"""Being alive, and finding out who is not. One row per replica, one heartbeat, one lease for all its steps."""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

from app.database import LOST, Connection, Held, Pool
from app.engine.durable.claim import Key
from app.engine.durable.plan import Settlement, TakenOver
from app.engine.durable.timings import Timings

_log = logging.getLogger(__name__)

_REGISTER: Final = "insert into replica (id) values ($1) on conflict do nothing"
_BEAT: Final = """
update replica set heartbeat_at = now() where id = $1 and heartbeat_at > now() - make_interval(secs => $2)
returning true
"""
_LOST_STEPS: Final = """
select s.workflow_id, s.id, s.fence, s.owner from step s left join replica r on r.id = s.owner
where s.status = 'running' and (r.id is null or r.heartbeat_at < now() - make_interval(secs => $1))
order by s.workflow_id, s.id limit $2
"""
_FORGET: Final = """
delete from replica r where r.heartbeat_at < now() - make_interval(secs => $1)
and not exists (select from step s where s.status = 'running' and s.owner = r.id)
"""
BATCH: Final = 200


class Liveness:
    """This replica's lease. ``lapsed`` is called when it is lost: every run under the old id must be abandoned.

    The lease is counted from *before* a heartbeat is sent, on this process's clock, so it ends here no later than
    the database and so the other replicas think it does.
    """

    def __init__(
        self, pool: Pool, timings: Timings, healthy: Callable[[], bool], lapsed: Callable[[UUID], None]
    ) -> None:
        self._pool = pool
        self._held = Held(pool)
        self._timings = timings
        self._healthy = healthy
        self._lapsed = lapsed
        self._confirmed_at: float | None = None
        self._connected_since: float | None = None
        self.id = uuid4()

    @property
    def may_claim(self) -> bool:
        """The last heartbeat was written, and the lease is not over."""
        return self._connected_since is not None and not self._over()

    @property
    def may_take_over(self) -> bool:
        """Connected without a break for one lease, so that others had as much time to show they live."""
        since = self._connected_since
        return since is not None and self.may_claim and monotonic() - since >= self._timings.lease

    async def run(self) -> None:
        """Write heartbeats until cancelled."""
        try:
            while True:
                await self._beat_once()
                pause = self._timings.heartbeat if self._connected_since is not None else self._timings.pause
                await asyncio.sleep(min(pause, self._remaining()))
                if self._confirmed_at is not None and self._over():
                    self._lapse()
        finally:
            self._held.drop()

    async def deregister(self) -> None:
        """Say goodbye: what this replica still held may be taken over at once."""
        async with asyncio.timeout(self._timings.call):
            await self._pool.execute("delete from replica where id = $1", self.id)

    async def _beat_once(self) -> None:
        if not self._healthy():
            _log.error("no heartbeat: outcomes wait longer than a lease to be recorded")
            self._connected_since = None
            return
        sent_at = monotonic()
        deadline = min(self._timings.call, max(self._remaining(), self._timings.pause))
        try:
            async with asyncio.timeout(deadline):
                alive = await self._write()
        except LOST as error:
            _log.warning("no heartbeat: %s", type(error).__name__)
            self._connected_since = None
            self._held.drop()
            return
        if not alive:
            self._lapse()
            return
        self._confirmed_at = sent_at
        self._connected_since = self._connected_since if self._connected_since is not None else sent_at

    async def _write(self) -> bool:
        connection = await self._held.get()
        if self._confirmed_at is None:
            await connection.execute(_REGISTER, self.id)
        return bool(await connection.fetchval(_BEAT, self.id, self._timings.lease))

    def _lapse(self) -> None:
        old, self.id = self.id, uuid4()
        _log.error("lease lost: replica %s abandons what it ran and goes on as %s", old, self.id)
        self._confirmed_at = self._connected_since = None
        self._lapsed(old)

    def _over(self) -> bool:
        return self._remaining() <= 0

    def _remaining(self) -> float:
        if self._confirmed_at is None:
            return self._timings.lease
        return self._confirmed_at + self._timings.lease - monotonic()


async def lost_steps(connection: Connection, lease: float) -> list[Settlement]:
    """Running steps whose owner is silent for a lease or gone, ready to be settled as taken over."""
    rows = await connection.fetch(_LOST_STEPS, lease, BATCH)
    return [Settlement(Key(row["workflow_id"], row["id"], row["fence"]), row["owner"], TakenOver()) for row in rows]


async def forget_dead(connection: Connection, lease: float) -> None:
    """Delete rows of dead replicas that hold nothing any more. One that comes back finds itself gone, begins anew."""
    await connection.execute(_FORGET, lease)
