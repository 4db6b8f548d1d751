"""Brings database, owner and managed logins up to what the CloudNativePG object says; what is right is left alone."""

import asyncio
from typing import Final

import asyncpg

from ops.local.cluster import DatabaseCluster, Login
from ops.local.postgres import SUPERUSER, Server
from ops.local.replacement import LOOPBACK

DEADLINE: Final = 30.0


def reconcile(server: Server, cluster: DatabaseCluster, port: int) -> None:
    """Create what is missing and change what differs, passwords included. The server must be ready."""
    asyncio.run(_reconcile(server.password_file.read_text(encoding="utf-8"), cluster, port))


async def _reconcile(password: str, cluster: DatabaseCluster, port: int) -> None:
    async with asyncio.timeout(DEADLINE):
        connection = await _connect(password, port, "postgres")
        try:
            for login in (cluster.owner, *cluster.logins):
                await _login(connection, login)
            known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", cluster.database)
            if known is None:
                name, owner = await _quoted(connection, cluster.database, cluster.owner.name)
                await connection.execute(f"CREATE DATABASE {name} OWNER {owner}")
        finally:
            await connection.close()
        if cluster.extensions:
            connection = await _connect(password, port, cluster.database)
            try:
                for extension in cluster.extensions:
                    (name,) = await _quoted(connection, extension)
                    await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
            finally:
                await connection.close()


async def _connect(password: str, port: int, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=LOOPBACK, port=port, user=SUPERUSER, password=password, database=database, ssl=False, timeout=DEADLINE
    )


async def _login(connection: asyncpg.Connection, login: Login) -> None:
    (name,) = await _quoted(connection, login.name)
    if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", login.name) is None:
        await connection.execute(f"CREATE ROLE {name}")
    switches = {
        "SUPERUSER": login.superuser,
        "CREATEDB": login.create_database,
        "CREATEROLE": login.create_role,
        "INHERIT": login.inherit,
        "REPLICATION": login.replication,
        "BYPASSRLS": login.bypass_rls,
    }
    attributes = " ".join(word if is_on else f"NO{word}" for word, is_on in switches.items())
    password = await connection.fetchval("SELECT quote_literal($1)", login.password)
    await connection.execute(
        f"ALTER ROLE {name} LOGIN {attributes} CONNECTION LIMIT {login.connection_limit} PASSWORD {password}"
    )
    comment = await connection.fetchval("SELECT quote_literal($1)", login.comment)
    await connection.execute(f"COMMENT ON ROLE {name} IS {comment}")
    for group in login.member_of:
        (quoted,) = await _quoted(connection, group)
        await connection.execute(f"GRANT {quoted} TO {name}")


async def _quoted(connection: asyncpg.Connection, *names: str) -> list[str]:
    return [str(await connection.fetchval("SELECT quote_ident($1)", name)) for name in names]
