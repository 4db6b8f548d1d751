"""The schema comes and goes, once, whoever runs it and however often."""

import asyncio

import asyncpg
import pytest

from app.migrations.run import downgrade, head, migrate
from tests.servers.postgres import Database

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_concurrent_migrations_of_an_empty_database_apply_each_revision_once(
    empty_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    url = empty_database.owner_url
    await asyncio.wait_for(asyncio.gather(*(migrate(url) for _ in range(3))), 60)
    told = capsys.readouterr().out
    assert told.count("up to 0001") == 1
    assert told.count(f"schema already at {head()}") == 2
    assert await _value(url, "select version_num from alembic_version") == head()


async def test_downgrade_leaves_an_empty_schema_that_can_be_upgraded_again(database: Database) -> None:
    url = database.owner_url
    left = "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relname not like 'alembic%'"
    await downgrade(url, "base")
    assert await _value(url, left) == 0
    assert await _value(url, "select count(*) from pg_proc where pronamespace = 'public'::regnamespace") == 0
    await migrate(url)
    assert await _value(url, "select count(*) from workflow") == 0


async def test_a_failing_revision_leaves_nothing_behind(database: Database) -> None:
    url = database.owner_url
    await downgrade(url, "0001")
    await _value(url, "create table event (id int)")  # in the way of revision 0003
    with pytest.raises(Exception, match="already exists"):
        await migrate(url)
    assert await _value(url, "select version_num from alembic_version") == "0001"
    assert await _value(url, "select to_regclass('workflow')") is None


async def test_a_login_made_after_the_schema_gets_its_grants_from_the_next_migration(database: Database) -> None:
    url = database.owner_url
    await _value(url, "revoke select on workflow from worker")
    may = "select has_table_privilege('worker', 'workflow', 'select')"
    assert await _value(url, may) is False
    await migrate(url)
    assert await _value(url, may) is True
