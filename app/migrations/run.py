"""Running migrations: one at a time over all who try, in one transaction, repeating harmlessly."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.database import connect
from app.migrations import logins

LOCK: Final = 0x6D63_7001
"""Advisory lock that one migration holds until its transaction ends; a second one waits, then finds nothing to do."""
DEADLINE_SECONDS: Final = 600.0
LOCK_TIMEOUT: Final = "30s"
"""A migration gives up rather than queue the whole application behind a table lock it cannot get."""


async def migrate(database_url: str) -> None:
    """Bring the schema to its newest revision, grant the logins what they need, print what was done.

    ``database_url`` is of the schema's owner, in libpq's form. Raises ``TimeoutError`` after ten minutes.
    """

    def upgrade(connection: Connection, config: Config) -> None:
        command.upgrade(config, "head")
        logins.grant(connection)

    await _in_one_transaction(database_url, upgrade)


async def downgrade(database_url: str, revision: str) -> None:
    """Go back to ``revision`` (``base``: an empty schema). For development: it drops data."""
    await _in_one_transaction(database_url, lambda _, config: command.downgrade(config, revision))


def configuration() -> Config:
    """Alembic's configuration; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def _in_one_transaction(database_url: str, step: Callable[[Connection, Config], None]) -> None:
    async def reach() -> Any:  # SQLAlchemy wants asyncpg's own connection; libpq's sslmode only asyncpg understands
        return await connect(database_url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=reach, poolclass=NullPool)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS), engine.begin() as connection:
            await connection.execute(text(f"select pg_advisory_xact_lock({LOCK})"))
            await connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.run_sync(_apply, step)
    finally:
        await engine.dispose()


def _apply(connection: Connection, step: Callable[[Connection, Config], None]) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    before = _revision(connection)
    step(connection, config)
    after = _revision(connection)
    print(f"schema already at {after}" if before == after else f"schema at {after or 'base'}, was {before or 'empty'}")


def _revision(connection: Connection) -> str | None:
    if connection.scalar(text("select to_regclass('alembic_version')")) is None:
        return None
    found: str | None = connection.scalar(text("select version_num from alembic_version"))
    return found


def head() -> str:
    """The newest revision of this code."""
    found = ScriptDirectory.from_config(configuration()).get_current_head()
    if found is None:
        raise RuntimeError("app/migrations/versions holds no revision")
    return found
