"""Every use of the database ends in time, whatever the server does."""

import asyncio
import math
from time import monotonic
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.database import LOST, Held, create_pool, session, transaction
from tests.servers import logins
from tests.servers.postgres import Database

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


async def test_a_call_that_takes_too_long_is_cut_off_and_the_pool_goes_on(database: Database) -> None:
    pool = await create_pool(database.worker_url, low=1, high=1)
    began_at = monotonic()
    with pytest.raises(TimeoutError):
        async with transaction(pool, 0.2) as connection:
            await connection.execute("insert into replica (id) values (gen_random_uuid())")
            await connection.execute("select pg_sleep(60)")
    assert monotonic() - began_at < 5
    async with session(pool, 5) as connection:
        assert await connection.fetchval("select count(*) from replica") == 0
    await pool.close()


class Deaf:
    """A way to the server that can be blocked: bytes then wait for ever, and nobody is told."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.open = asyncio.Event()
        self.open.set()
        self.tasks: list[asyncio.Task[None]] = []

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways while the way is open."""
        to, back = (await asyncio.open_connection("127.0.0.1", self._port))[::-1]
        self.tasks += [asyncio.create_task(self._carry(reader, to)), asyncio.create_task(self._carry(back, writer))]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self.open.wait()
                writer.write(data)
        finally:
            writer.close()


async def test_a_server_that_falls_silent_holds_nobody_up(database: Database) -> None:
    """The deadline bounds the farewell too: no cancel request, no ROLLBACK to a host that does not answer."""
    address = urlsplit(database.worker_url)
    way = Deaf(address.port or 0)
    server = await asyncio.start_server(way.connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pool = await create_pool(database.worker_url.replace(str(address.port), str(port)), low=1, high=1)
    began_at = monotonic()
    with pytest.raises(TimeoutError):
        async with transaction(pool, 0.3) as connection:
            way.open.clear()
            await connection.execute("select 1")
    assert monotonic() - began_at < 2
    way.open.set()
    async with session(pool, 5) as connection:
        assert await connection.fetchval("select 1") == 1
    await pool.close()
    server.close()
    for task in way.tasks:
        task.cancel()
    await asyncio.wait(way.tasks)
    await asyncio.sleep(0)


async def test_waiting_for_a_connection_counts(database: Database) -> None:
    pool = await create_pool(database.worker_url, low=1, high=1)
    async with session(pool, 5):
        with pytest.raises(TimeoutError):
            async with session(pool, 0.1):
                pytest.fail("there was none to be had")
    await pool.close()


async def test_a_fault_of_the_caller_rolls_back_and_keeps_the_connection(database: Database) -> None:
    pool = await create_pool(database.worker_url, low=1, high=1)
    backend = await pool.fetchval("select pg_backend_pid()")
    with pytest.raises(ZeroDivisionError):
        async with transaction(pool, 5) as connection:
            await connection.execute("insert into replica (id) values (gen_random_uuid())")
            raise ZeroDivisionError
    assert await pool.fetchval("select count(*) from replica") == 0
    assert await pool.fetchval("select pg_backend_pid()") == backend
    await pool.close()


async def test_what_cannot_be_stored_is_a_fault_and_not_a_lost_connection(database: Database) -> None:
    """Else it would be tried for ever."""
    pool = await create_pool(database.worker_url, low=1, high=1)
    for value in ({"a": math.nan}, {"a": "\x00"}, {"a": object()}, {"a": "\ud800"}):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await pool.fetchval("select $1::jsonb", value)
        assert not isinstance(caught.value, LOST)
    await pool.close()


async def test_a_held_connection_is_replaced_where_it_was_lost(database: Database) -> None:
    pool = await create_pool(database.worker_url, low=1, high=2)
    held = Held(pool)
    first = await held.get()
    assert await held.get() is first
    backend = await first.fetchval("select pg_backend_pid()")
    await pool.execute("select pg_terminate_backend($1)", backend)
    async with asyncio.timeout(5):
        while await _backend(held) in (None, backend):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    held.drop()
    held.drop()
    await pool.close()


async def _backend(held: Held) -> int | None:
    try:
        pid: int = await (await held.get()).fetchval("select pg_backend_pid()")
    except LOST:
        return None
    return pid


async def test_each_connection_takes_the_newest_url_and_acts_as_its_role(database: Database) -> None:
    old, new = [await asyncio.to_thread(logins.make, database, "worker") for _ in range(2)]
    urls = [old.url]
    pool = await create_pool(lambda: urls[-1], low=0, high=2, role="worker")
    who = "select session_user || ' as ' || current_user"
    async with session(pool, 5) as first:
        assert await first.fetchval(who) == f"{old.name} as worker"
        urls.append(new.url)
        async with session(pool, 5) as second:
            assert await second.fetchval(who) == f"{new.name} as worker"
    await pool.close()


async def test_a_login_that_is_not_known_yet_falls_back_on_the_last_that_was_let_in(database: Database) -> None:
    known = await asyncio.to_thread(logins.make, database, "api")
    urls = [known.url]
    pool = await create_pool(lambda: urls[-1], low=0, high=2, role="api")
    async with session(pool, 5):
        urls.append(known.url.replace(known.name, "api_to_come"))
        async with session(pool, 5) as second:
            assert await second.fetchval("select session_user") == known.name
    await pool.close()


async def test_a_login_that_is_refused_counts_as_a_database_that_is_away(database: Database) -> None:
    known = await asyncio.to_thread(logins.make, database, "api")
    await asyncio.to_thread(logins.change_password, database, known.name)
    pool = await create_pool(known.url, low=0, high=1)
    with pytest.raises(LOST):
        async with session(pool, 5):
            pass
    await pool.close()
