"""Who calls: bearer tokens, known to the database only by their SHA-256."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from app.engine.api.problem import ApiError
from app.engine.api.tenancy import session, tenant_transaction
from contract.api import Scope

if TYPE_CHECKING:
    from app.database import Pool

MAX_TOKEN: Final = 512


@dataclass(frozen=True)
class Principal:
    """A verified caller."""

    key: UUID
    tenant: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """How the audit log names the caller."""
        return f"api_key:{self.key}"

    def require(self, scope: Scope) -> None:
        """Raise :class:`ApiError` where the key lacks ``scope``."""
        if scope not in self.scopes:
            raise ApiError.forbidden(scope)


def bearer(header: str | None) -> str:
    """The token of an ``Authorization`` header. Raises :class:`ApiError`."""
    if header is None:
        raise ApiError.unauthorized("This needs a token: send `Authorization: Bearer <token>`.")
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
        raise ApiError.unauthorized("The Authorization header is not `Bearer <token>`.")
    return token


def fingerprint(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


async def identify(pool: "Pool", token: str) -> Principal:
    """The caller behind ``token``. One answer for unknown, expired and revoked, so that nothing can be probed."""
    async with session(pool) as connection:
        row = await connection.fetchrow("select id, tenant, scopes from api_key_of($1)", fingerprint(token))
    if row is None:
        raise ApiError.unauthorized("The token is unknown, expired or revoked.")
    return Principal(row["id"], row["tenant"], frozenset(row["scopes"]))


async def still_valid(pool: "Pool", principal: Principal) -> bool:
    """Whether the caller's key is still neither revoked nor expired."""
    async with tenant_transaction(pool, principal.tenant) as connection:
        valid = "select revoked_at is null and coalesce(expires_at > now(), true) from api_key where id = $1"
        return bool(await connection.fetchval(valid, principal.key))
