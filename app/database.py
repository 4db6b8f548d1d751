"""Reaching PostgreSQL: connections, pools, and a deadline on every use of them.

URLs are libpq's (``postgresql://user:password@host:port/database?sslmode=require``), as asyncpg reads them.
``jsonb`` comes and goes as Python objects.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy


Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"

CONNECT_SECONDS: Final = 5.0

LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidAuthorizationSpecificationError,
)
"""What a call raises when the database is away, failing over or too slow, or a login is just being changed: the call
may be made again.

Whether a transaction that ended so was committed is *unknown*: re-read before assuming either."""


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection outside any pool."""
    return await asyncpg.connect(url, timeout=CONNECT_SECONDS)


async def create_pool(
    url: str | Callable[[], str], *, low: int, high: int, name: str = "engine", role: str | None = None
) -> Pool:
    """A pool of ``low`` to ``high`` connections that call themselves ``name`` in ``pg_stat_activity``.

    ``url`` may be what gives the newest one: each connection asks anew. With ``role`` they act as that role, whichever
    of its logins the URL names.
    """
    settings = {"application_name": name} | ({"role": str(role)} if role is not None else {})
    return await asyncpg.create_pool(
        min_size=low,
        max_size=high,
        init=_prepare,
        reset=_keep,
        connect=Newest(url if callable(url) else lambda: url),
        timeout=CONNECT_SECONDS,
        server_settings=settings,
    )


class Newest:
    """Connects with the newest URL; where the database refuses its login, with the last one that it let in.

    A login and the file that names it reach database and pod at different times, in either order.
    """

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._accepted: str | None = None

    async def __call__(self, *_: Any, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
        """What asyncpg's pool calls, with its own options."""
        newest, accepted = self._url(), self._accepted
        try:
            connection = await asyncpg.connect(newest, **options)
        except asyncpg.InvalidAuthorizationSpecificationError:
            if accepted is None or accepted == newest:
                raise
            return await asyncpg.connect(accepted, **options)
        self._accepted = newest
        return connection


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=_encode, decoder=json.loads, schema="pg_catalog", format="text")


async def _keep(connection: Connection) -> None:
    """Nothing to reset: settings are local to transactions, and it would cost a round trip a release."""


def _encode(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def terminate(connection: Connection) -> None:
    """Close without a word to the server. The pool then opens another; closing twice is harmless."""
    with suppress(asyncpg.InterfaceError):  # closed already, so the pool has taken it back
        connection.terminate()


class Held:
    """One connection of a pool kept for good, so that its owner never waits behind other callers."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None

    async def get(self) -> "PoolConnectionProxy[asyncpg.Record]":
        """The connection, a new one where the last was lost. Give it a deadline."""
        with suppress(asyncpg.InterfaceError):
            if self._connection is not None and not self._connection.is_closed():
                return self._connection
        self.drop()  # asyncpg may notice a lost connection without giving its place in the pool back
        self._connection = await self._pool.acquire()
        return self._connection

    def drop(self) -> None:
        """Terminate it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            terminate(connection)


@asynccontextmanager
async def session(pool: Pool, deadline: float) -> AsyncGenerator[Connection]:
    """A connection for at most ``deadline`` seconds, waiting for it included; later it is terminated.

    Terminated, not asked to cancel: asking needs the very server that does not answer. Raises ``TimeoutError``.
    """
    async with asyncio.timeout(deadline):
        connection = await pool.acquire()
        try:
            yield connection
        except (asyncio.CancelledError, *LOST):
            terminate(connection)
            raise
        finally:
            await pool.release(connection)


@asynccontextmanager
async def transaction(pool: Pool, deadline: float) -> AsyncGenerator[Connection]:
    """A transaction in a :func:`session`. Where it raises one of :data:`LOST`, its outcome is unknown.

    Not asyncpg's own, which answers a cancelled statement with a ROLLBACK that nothing bounds.
    """
    async with session(pool, deadline) as connection:
        await connection.execute("begin")
        try:
            yield connection
        except (asyncio.CancelledError, *LOST):
            raise
        except BaseException:
            await connection.execute("rollback")
            raise
        await connection.execute("commit")


@asynccontextmanager
async def tenant_transaction(pool: Pool, tenant: str, deadline: float) -> AsyncGenerator[Connection]:
    """A :func:`transaction` of login ``api`` that sees ``tenant``'s rows and no others."""
    async with transaction(pool, deadline) as connection:
        await connection.execute("select set_config('app.tenant', $1, true)", tenant)
        yield connection
