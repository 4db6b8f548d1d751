"""What the database itself refuses, whatever the application asks."""

import hashlib
from uuid import uuid4

import asyncpg
import pytest

from app.database import create_pool, tenant_transaction
from tests.servers.postgres import Database

pytestmark = [pytest.mark.servers, pytest.mark.anyio]

WORKFLOW = (
    "insert into workflow (id, tenant, template, title, graph, input, open_steps)"
    " values ($1, $2, 't', '', '{}', '{}', 1)"
)


async def _owner(database: Database, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(database.owner_url, timeout=5)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def test_login_api_sees_and_writes_its_tenant_only(database: Database) -> None:
    await _owner(database, "insert into tenant (id) values ('left'), ('right')")
    pool = await create_pool(database.api_url, low=1, high=1)
    async with tenant_transaction(pool, "left", 5) as connection:
        await connection.execute(WORKFLOW, uuid4(), "left")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tenant_transaction(pool, "left", 5) as connection:
            await connection.execute(WORKFLOW, uuid4(), "right")
    async with tenant_transaction(pool, "right", 5) as connection:
        assert await connection.fetchval("select count(*) from workflow") == 0
    assert await pool.fetchval("select count(*) from workflow") == 0, "no tenant set: nothing is seen"
    async with tenant_transaction(pool, "left", 5) as connection:
        assert await connection.fetchval("select count(*) from workflow") == 1
    await pool.close()


async def test_every_table_with_a_tenant_is_isolated(database: Database) -> None:
    connection = await asyncpg.connect(database.owner_url, timeout=5)
    bare = await connection.fetch(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant'"
        " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity"
    )
    await connection.close()
    assert bare == []


async def test_login_worker_sees_every_tenant_but_owns_no_schema(database: Database) -> None:
    await _owner(database, "insert into tenant (id) values ('left'), ('right')")
    for tenant in ("left", "right"):
        await _owner(database, WORKFLOW, uuid4(), tenant)
    pool = await create_pool(database.worker_url, low=1, high=1)
    assert await pool.fetchval("select count(*) from workflow") == 2
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("alter table workflow add column mine int")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("delete from audit")
    await pool.close()


async def test_a_key_is_found_by_its_hash_until_revoked_and_a_ticket_opens_once(database: Database) -> None:
    key, spent = (hashlib.sha256(text).digest() for text in (b"key", b"ticket"))
    await _owner(database, "insert into tenant (id) values ('left')")
    await _owner(database, "insert into api_key (tenant, name, hash, scopes) values ('left', 'k', $1, '{read}')", key)
    await _owner(
        database,
        "insert into ticket (hash, tenant, api_key, expires_at) select $1, 'left', id, now() + interval '1 min'"
        " from api_key",
        spent,
    )
    pool = await create_pool(database.api_url, low=1, high=1)
    assert await pool.fetchval("select count(*) from api_key") == 0
    found = await pool.fetchrow("select id, tenant, scopes from api_key_of($1)", key)
    assert found is not None and (found["tenant"], found["scopes"]) == ("left", ["read"])
    redeemed = [await pool.fetchrow("select * from redeem_ticket($1, $2)", spent, uuid4()) for _ in range(2)]
    assert redeemed[0] is not None and redeemed[1] is None
    await _owner(database, "update api_key set revoked_at = now()")
    assert await pool.fetchrow("select * from api_key_of($1)", key) is None
    await pool.close()
