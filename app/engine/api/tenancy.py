"""One transaction under one tenant: row-level security shows it that tenant's rows and no others."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

WAIT_SECONDS: Final = 5.0
"""Longest wait for a connection, and longest statement: an answer later than this helps nobody."""


@asynccontextmanager
async def tenant_transaction(pool: "Pool", tenant: str, *, readonly: bool = True) -> AsyncGenerator["Connection"]:
    """A transaction of login ``api`` in which ``app.tenant`` is ``tenant``. Raises ``TimeoutError``."""
    async with pool.acquire(timeout=WAIT_SECONDS) as connection, connection.transaction(readonly=readonly):
        await connection.execute("select set_config('app.tenant', $1, true)", tenant, timeout=WAIT_SECONDS)
        yield connection
