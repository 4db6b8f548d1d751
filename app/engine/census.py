"""Counts workflows and waiting steps for the seed's metrics: over the whole region, each once, whatever the replicas.

Alerts and dashboards sum over replicas. So one replica alone reports, the oldest that is alive, and the others say 0.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from app.database import LOST, session
from app.engine.durable.timings import Timings
from app.engine.metrics import EngineMetrics

if TYPE_CHECKING:
    from app.database import Pool

LOGGER = logging.getLogger(__name__)
ROUND_SECONDS: Final = 1.0
QUERY_SECONDS: Final = 3.0
SETTLE_SECONDS: Final = Timings().call + 1
"""``finished_at`` is when a transaction began; it is visible at the latest this much later, and counted then."""

_NOW: Final = """
select now() - make_interval(secs => $1) as settled, (select count(*) from workflow where slot) as active,
    $2 = (select id from replica where heartbeat_at > now() - make_interval(secs => $3)
        order by started_at, id limit 1) as reporting
"""
_FINISHED: Final = """
select status, count(*) as n from workflow where finished_at > $1 and finished_at <= $2 group by status
"""
_READY: Final = """
select s.role, count(*) as n from step s join workflow w on w.id = s.workflow_id
where s.status = 'ready' and s.run_at <= now() and w.slot group by s.role
"""


class Census:
    """``pool`` is of login ``worker``, ``replica`` says under which id this process works now."""

    def __init__(self, pool: "Pool", metrics: EngineMetrics, replica: Callable[[], UUID | None]) -> None:
        self._pool = pool
        self._metrics = metrics
        self._replica = replica
        self._counted: datetime | None = None
        self._roles: set[str] = set()

    async def run(self) -> None:
        """Count round after round until cancelled."""
        while True:
            try:
                await self.count()
            except (*LOST, asyncpg.PostgresError) as error:
                LOGGER.debug("cannot count workflows: %s", type(error).__name__)
            await asyncio.sleep(ROUND_SECONDS)

    async def count(self) -> None:
        """One round. What finished before the first one is not counted: a counter begins at 0."""
        async with session(self._pool, QUERY_SECONDS) as connection:
            now = await connection.fetchrow(_NOW, float(SETTLE_SECONDS), self._replica(), Timings().lease)
            if now is None:
                return
            reporting = bool(now["reporting"])
            since = self._counted or now["settled"]
            finished = await connection.fetch(_FINISHED, since, now["settled"]) if reporting else []
            waiting = await connection.fetch(_READY) if reporting else []
        self._counted = now["settled"]
        self._metrics.workflow_executions_active.set(now["active"] if reporting else 0)
        ready = {row["role"]: row["n"] for row in waiting}
        self._roles |= ready.keys()
        for role in self._roles:  # a role whose last step was taken goes back to 0 and does not stay where it was
            self._metrics.steps_ready.labels(role).set(ready.get(role, 0))
        for row in finished:
            self._metrics.workflow_executions.labels(row["status"]).inc(row["n"])
