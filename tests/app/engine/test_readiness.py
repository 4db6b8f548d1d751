"""Readiness: the database takes writes, the schema fits, and a newer schema does not stop an older replica."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.database import create_pool
from app.engine.readiness import Readiness

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def readiness(database, core="ok"):
    """Fresh checks of ``database``."""
    pool = await create_pool(database.api_url, low=0, high=1)
    draining = asyncio.Event()
    yield Readiness(pool, lambda: core, draining), draining
    pool.terminate()


async def owner(database, statement):
    """Execute as the schema's owner."""
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute(statement)
    await connection.close()


async def test_a_schema_behind_this_code_is_not_ready(database):
    await owner(database, "update alembic_version set version_num = '0001'")
    async with readiness(database) as (checked, _):
        said = (await checked.checks())["migrations"]
    assert said.startswith("the schema is at 0001, this code needs")
    assert said.endswith("run `python -m app migrate`")


async def test_a_schema_newer_than_this_code_is_ready_so_that_a_roll_out_keeps_serving(database):
    await owner(database, "update alembic_version set version_num = '9999'")
    async with readiness(database) as (checked, _):
        assert (await checked.checks())["migrations"] == "ok"


async def test_a_schema_that_is_not_there_yet_is_not_ready(empty_database):
    async with readiness(empty_database) as (checked, _):
        assert (await checked.checks())["migrations"].startswith("not applied yet")


async def test_a_read_only_database_is_not_ready(database):
    name = database.owner_url.rpartition("/")[2].partition("?")[0]
    await owner(database, f'alter database "{name}" set default_transaction_read_only = on')
    async with readiness(database) as (checked, _):
        assert (await checked.checks())["database"] == "is read-only"


async def test_a_draining_engine_and_a_silent_core_are_not_ready(database):
    async with readiness(database, "no heartbeat") as (checked, draining):
        draining.set()
        checks = await checked.checks()
    assert (checks["core"], checks["serving"]) == ("no heartbeat", "draining: this engine is about to end")
