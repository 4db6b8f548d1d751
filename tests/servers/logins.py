"""Logins that take turns for a role, as CloudNativePG makes them, on a server that asks them for their passwords."""

import asyncio
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.servers.postgres import PASSWORD_ASKED, Database


@dataclass(frozen=True)
class PasswordLogin:
    """A member of a role; ``url`` is that of its database with its password of now."""

    name: str
    url: str


def make(database: Database, role: str) -> PasswordLogin:
    """A login of its own that inherits nothing: it acts only as ``role``."""
    name = f"{role}_{secrets.token_hex(4)}"
    _admin(database, f'create role "{name}" login noinherit in role "{role}", {PASSWORD_ASKED}')
    return change_password(database, name)


def change_password(database: Database, name: str) -> PasswordLogin:
    """Give it another password, as CloudNativePG does when its Secret changes."""
    password = secrets.token_hex(16)
    _admin(database, f"alter role \"{name}\" password '{password}'")
    parts = urlsplit(database.owner_url)
    place = parts.netloc.rpartition("@")[2]
    return PasswordLogin(name, urlunsplit(parts._replace(netloc=f"{name}:{password}@{place}")))


def sessions(database: Database) -> set[str]:
    """Who is connected to the database now."""

    async def ask() -> set[str]:
        connection = await asyncpg.connect(database.admin_url, timeout=10)
        try:
            found = await connection.fetch(
                "select distinct usename from pg_stat_activity where datname = current_database()"
            )
            return {row["usename"] for row in found}
        finally:
            await connection.close()

    return asyncio.run(ask())


def _admin(database: Database, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(database.admin_url, timeout=10)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
