"""Bootstrap tokens: the first API keys of tenant ``default``, as the mounted file lists them.

The file holds one token a line, each behind the number of its generation: the previous one, which clients may still
show, the current one, and the next one, so that it is known before anybody shows it. What left the file is revoked.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import asyncpg

from app.database import LOST
from app.engine.api.authentication import fingerprint
from app.engine.api.tenancy import tenant_transaction
from contract.api import Scope

if TYPE_CHECKING:
    from app.database import Pool

LOGGER = logging.getLogger(__name__)
TENANT: Final = "default"
SCOPES: Final[tuple[Scope, ...]] = ("read", "write")
SHORTEST: Final = 20
LOOK_SECONDS: Final = 2.0

_TENANT: Final = "insert into tenant (id) values ($1) on conflict do nothing"
_KEY: Final = "insert into api_key (tenant, name, hash, scopes) values ($1, $2, $3, $4) on conflict do nothing"
# A generation is never revoked by an engine that knows only older ones: its file is the older.
_REVOKE: Final = """
with bootstrap as (
    select id, hash, coalesce(substring(name from '^bootstrap-([0-9]+)$')::int, 0) as generation
    from api_key where tenant = $1 and revoked_at is null and name ~ '^bootstrap(-[0-9]+)?$'
)
update api_key k set revoked_at = now() from bootstrap b
where k.id = b.id and b.hash <> all($2::bytea[]) and (b.generation < $3 or b.generation = any($4::int[]))
returning k.name
"""


@dataclass(frozen=True)
class BootstrapToken:
    """A token and the generation it belongs to; 0 where the file names none."""

    generation: int
    token: str = field(repr=False)


def read_tokens(text: str) -> tuple[BootstrapToken, ...]:
    """``<generation> <token>`` or a bare token, one a line. Raises ``ValueError`` without the token."""
    found: list[BootstrapToken] = []
    for line in text.splitlines():
        *number, token = line.split() or ("",)
        if len(token) < SHORTEST or not token.isascii() or len(number) > 1 or not all(map(str.isdecimal, number)):
            raise ValueError("no line of a generation and a token")
        found.append(BootstrapToken(int(number[0]) if number else 0, token))
    if not found:
        raise ValueError("no token")
    return tuple(found)


async def register(pool: "Pool", tokens: tuple[BootstrapToken, ...]) -> None:
    """Make ``tokens`` API keys and revoke those they replace; repeating it, on any replica, changes nothing.

    A key that somebody revoked stays revoked.
    """
    hashes = [fingerprint(each.token) for each in tokens]
    generations = sorted({each.generation for each in tokens})
    async with tenant_transaction(pool, TENANT) as connection:
        await connection.execute(_TENANT, TENANT)
        for each, known in zip(tokens, hashes, strict=True):
            await connection.execute(_KEY, TENANT, f"bootstrap-{each.generation}", known, list(SCOPES))
        revoked = await connection.fetch(_REVOKE, TENANT, hashes, generations[0], generations)
    if revoked:
        LOGGER.info("revoked API keys that were replaced", extra={"keys": sorted(row["name"] for row in revoked)})


async def follow(
    pool: "Pool", tokens: Callable[[], tuple[BootstrapToken, ...]], registered: tuple[BootstrapToken, ...]
) -> None:
    """Register what ``tokens`` gives whenever it is no longer ``registered``, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        newest = tokens()
        if newest == registered:
            continue
        try:
            await register(pool, newest)
            registered = newest
        except (*LOST, asyncpg.PostgresError) as error:
            LOGGER.warning("cannot register the bootstrap tokens: %s", type(error).__name__)
