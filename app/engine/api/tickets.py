"""One-time tickets for browsers, which cannot send headers with a WebSocket handshake.

A ticket lives a minute and opens one stream. PostgreSQL keeps its hash, so any replica can redeem it, once.
"""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from fastapi import APIRouter, Request

from app.engine.api import reads
from app.engine.api.authentication import Principal, fingerprint
from app.engine.api.body import parsed
from app.engine.api.context import Api, Caller
from app.engine.api.description import body_of
from app.engine.api.problem import ApiError
from app.engine.api.tenancy import session, tenant_transaction
from contract.api import API_PREFIX, RequestTicket, Ticket

if TYPE_CHECKING:
    from app.database import Pool

TICKET_SECONDS: Final = 60
ROUTES = APIRouter(prefix=f"{API_PREFIX}/tickets", tags=["tickets"])


@ROUTES.post("", status_code=201, openapi_extra=body_of(RequestTicket))
async def issue(request: Request, api: Api, caller: Caller) -> Ticket:
    """A ticket for one WebSocket of one workflow, or of any workflow of the tenant."""
    wanted, _ = await parsed(request, RequestTicket)
    ticket = secrets.token_urlsafe(32)
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        await connection.execute("delete from ticket where expires_at < now()")
        if wanted.workflow_id is not None and not await reads.exists(connection, wanted.workflow_id):
            raise ApiError.not_found(f"workflow {wanted.workflow_id}")
        expires_at: datetime = await connection.fetchval(
            "insert into ticket (hash, tenant, api_key, workflow_id, expires_at)"
            " values ($1, $2, $3, $4, now() + make_interval(secs => $5)) returning expires_at",
            fingerprint(ticket),
            caller.tenant,
            caller.key,
            wanted.workflow_id,
            float(TICKET_SECONDS),
        )
    return Ticket(ticket=ticket, expires_at=expires_at)


async def redeem(pool: "Pool", ticket: str, workflow_id: UUID) -> Principal:
    """The caller who asked for ``ticket``; a second redemption, or one for another workflow, is refused."""
    async with session(pool) as connection:
        row = await connection.fetchrow(
            "select id, tenant, scopes from redeem_ticket($1, $2)", fingerprint(ticket), workflow_id
        )
    if row is None:
        raise ApiError.unauthorized("The ticket is unknown, expired, used, or for another workflow.")
    return Principal(row["id"], row["tenant"], frozenset(row["scopes"]))
