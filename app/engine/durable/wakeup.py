"""Waking those who have work: this process directly, others by one coalesced notification after the commit.

Inside the transaction a notification would serialise all commits. Notifications may be lost; polling may not.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

from app.database import LOST, Held, Pool, session
from app.engine.durable.timings import Timings

CHANNEL: Final = "durable_changed"
"""Notified after commits, with the sender's id; who streams events may listen to it too."""


class Wake:
    """Something to do. Any number of calls before the sleeper looks count as one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self) -> None:
        """Wake the sleeper, or keep it from falling asleep."""
        self._event.set()

    async def sleep(self, seconds: float) -> None:
        """Until woken, at most ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


class Announcer:
    """Tells other replicas, by PostgreSQL's LISTEN and NOTIFY, and hears from them."""

    def __init__(self, pool: Pool, timings: Timings, sender: UUID, heard: Callable[[], None]) -> None:
        self._pool = pool
        self._timings = timings
        self._sender = str(sender)
        self._heard = heard
        self._wake = Wake()

    def announce(self) -> None:
        """Something was committed that others may act on."""
        self._wake()

    async def send(self) -> None:
        """Send what was announced, until cancelled."""
        while True:
            await self._wake.sleep(3600)
            try:
                async with session(self._pool, self._timings.call) as connection:
                    await connection.execute("select pg_notify($1, $2)", CHANNEL, self._sender)
            except LOST:
                pass  # others poll
            await asyncio.sleep(self._timings.coalesce)

    async def listen(self) -> None:
        """Call ``heard`` for what others announce, connecting again where the connection is lost, until cancelled."""
        while True:
            try:
                await self._listen_once()
            except LOST:
                await asyncio.sleep(self._timings.pause)

    async def _listen_once(self) -> None:
        lost = asyncio.Event()
        held = Held(self._pool)
        try:
            async with asyncio.timeout(self._timings.call):
                connection = await held.get()

            def on_end(_: object) -> None:
                lost.set()

            connection.add_termination_listener(on_end)
            await connection.add_listener(CHANNEL, self._on_notification)
            self._heard()  # whatever was missed while away
            await lost.wait()
        finally:
            held.drop()  # a listener must not go back into the pool

    def _on_notification(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if payload != self._sender:
            self._heard()
