"""Whether traffic should come to this engine, by named checks; the cache is not one, since losing it loses nothing."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import asyncpg
from alembic.script import ScriptDirectory

from app.database import LOST, session
from app.migrations.run import configuration

if TYPE_CHECKING:
    from app.database import Pool

CHECK_SECONDS: Final = 1.0
FRESH_SECONDS: Final = 0.5
"""Answers are shared for this long, so that a crowd of probes is one query."""
OK: Final = "ok"


class Schema:
    """The revisions that this code knows."""

    def __init__(self) -> None:
        script = ScriptDirectory.from_config(configuration())
        self._head = script.get_current_head()
        self._known = frozenset(revision.revision for revision in script.walk_revisions())

    def compare(self, found: str | None) -> str:
        """``ok`` for this code's schema, and for an unknown one: that is newer, and this replica the older."""
        if found == self._head or found not in self._known:
            return OK
        return f"the schema is at {found}, this code needs {self._head}: run `python -m app migrate`"


class Readiness:
    """The checks of one engine. ``core`` says ``ok`` or why not; ``draining`` is set when the engine is to end."""

    def __init__(self, pool: "Pool", core: Callable[[], str], draining: asyncio.Event) -> None:
        self._pool = pool
        self._core = core
        self._draining = draining
        self._database: Mapping[str, str] = {}
        self._at = -FRESH_SECONDS
        self._lock = asyncio.Lock()
        self._schema = Schema()

    async def checks(self) -> Mapping[str, str]:
        """Every check by name: ``ok``, or the reason why not."""
        async with self._lock:
            if time.monotonic() - self._at >= FRESH_SECONDS:
                self._database = await look(self._pool, self._schema)
                self._at = time.monotonic()
        serving = "draining: this engine is about to end" if self._draining.is_set() else OK
        return {**self._database, "core": self._core(), "serving": serving}


async def look(pool: "Pool", schema: Schema) -> Mapping[str, str]:
    """Whether the database takes writes and its schema is this code's, or newer."""
    try:
        async with session(pool, CHECK_SECONDS) as connection:
            writable = await connection.fetchval(
                "select not pg_is_in_recovery() and not current_setting('default_transaction_read_only')::bool"
            )
            found: str | None = await connection.fetchval("select version_num from alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return {"database": OK, "migrations": "not applied yet: run `python -m app migrate`"}
    except (*LOST, asyncpg.PostgresError) as error:
        return {"database": f"does not answer: {type(error).__name__}", "migrations": "unknown"}
    return {"database": OK if writable else "is read-only", "migrations": schema.compare(found)}
