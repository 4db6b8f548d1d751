"""Tells this replica's event streams that their workflow has news.

A hint, never the truth: streams read the event table by ``seq`` whatever woke them. Hints come from one query a
round over all watched workflows, so that a hundred idle streams cost one query, and a round starts at once where
the core or another replica's notification says so.
"""

import asyncio
import contextlib
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from app.database import LOST, session

if TYPE_CHECKING:
    from app.database import Pool

LOGGER = logging.getLogger(__name__)
ROUND_SECONDS: Final = 0.5
SPACING_SECONDS: Final = 0.02
"""Shortest time between two rounds: a busy core pokes after every commit."""
QUERY_SECONDS: Final = 3.0


@dataclass(eq=False)
class Watch:
    """One stream's interest in one workflow."""

    workflow_id: UUID
    seen: int
    """Newest seq the stream has read."""
    news: asyncio.Event = field(default_factory=asyncio.Event)


class EventFeed:
    """Every watch of this replica."""

    def __init__(self, pool: "Pool") -> None:
        """``pool`` is of login ``worker``, which sees every tenant's workflows."""
        self._pool = pool
        self._watches: set[Watch] = set()
        self._poked = asyncio.Event()

    @contextmanager
    def watch(self, workflow_id: UUID, seen: int) -> Generator[Watch]:
        """A watch that lasts as long as the block."""
        watch = Watch(workflow_id, seen)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def poke(self) -> None:
        """Something was committed somewhere: look now."""
        self._poked.set()

    async def run(self) -> None:
        """Look round after round until cancelled; a database that is away is not an end."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._poked.wait()
            self._poked.clear()
            if self._watches:
                await asyncio.sleep(SPACING_SECONDS)
                try:
                    await self._look()
                except (*LOST, asyncpg.PostgresError) as error:
                    LOGGER.warning("cannot look for events: %s", type(error).__name__)
                    await asyncio.sleep(ROUND_SECONDS)

    async def _look(self) -> None:
        ids = {watch.workflow_id for watch in self._watches}
        async with session(self._pool, QUERY_SECONDS) as connection:
            rows = await connection.fetch("select id, seq from workflow where id = any($1::uuid[])", list(ids))
        newest: dict[UUID, int] = {row["id"]: row["seq"] for row in rows}
        for watch in self._watches:
            if newest.get(watch.workflow_id, 0) > watch.seen:
                watch.news.set()
