"""Writes one number after the other into the database, and remembers which were acknowledged, and when."""

import asyncio
import threading
import time

import asyncpg

CREATE = "CREATE TABLE IF NOT EXISTS bench_acknowledged (n bigint PRIMARY KEY)"
INSERT = "INSERT INTO bench_acknowledged VALUES ($1)"
SELECT = "SELECT n FROM bench_acknowledged"
DROP = "DROP TABLE bench_acknowledged"
PAUSE = 0.02
CONNECT_SECONDS = 2.0
WRITE_SECONDS = 10.0


class Writer(threading.Thread):
    """A client as the application is one: it reconnects when its connection breaks, and never uses a number twice."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._over = threading.Event()
        self.acknowledged: list[tuple[float, int]] = []
        """When (monotonic seconds), and which number."""

    def stop(self) -> None:
        """End and wait."""
        self._over.set()
        self.join(WRITE_SECONDS + CONNECT_SECONDS)

    def last(self) -> float:
        """When the last write was acknowledged."""
        return self.acknowledged[-1][0] if self.acknowledged else 0.0

    def run(self) -> None:
        asyncio.run(self._write())

    async def _write(self) -> None:
        number = 0
        connection: asyncpg.Connection[asyncpg.Record] | None = None
        while not self._over.is_set():
            number += 1
            try:
                if connection is None:
                    connection = await asyncpg.connect(self._url, timeout=CONNECT_SECONDS)
                    await connection.execute(CREATE)
                warned: list[str] = []
                connection.add_log_listener(lambda _, message, warned=warned: warned.append(str(message)))
                await connection.execute(INSERT, number, timeout=WRITE_SECONDS)
                # A cancelled wait for the standby commits here alone, with a warning: that is no acknowledgement.
                if not warned:
                    self.acknowledged.append((time.monotonic(), number))
                await asyncio.sleep(PAUSE)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                if connection is not None:
                    connection.terminate()
                connection = None
                await asyncio.sleep(0.1)
        if connection is not None:
            await connection.close(timeout=CONNECT_SECONDS)


async def lost(url: str, acknowledged: list[tuple[float, int]]) -> int:
    """How many acknowledged numbers the database does not have; the table is gone afterwards."""
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS * 5)
    try:
        there = {row["n"] for row in await connection.fetch(SELECT)}
        await connection.execute(DROP)
    finally:
        await connection.close()
    return sum(1 for _, number in acknowledged if number not in there)
