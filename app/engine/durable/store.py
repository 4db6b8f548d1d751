"""Accepting and cancelling workflows: what the API does to the durable core, under login ``api``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from app.database import Connection, Pool, tenant_transaction
from app.engine.durable.graph import compiled
from contract.api import Workflow, WorkflowStatus
from contract.workflow import WorkflowTemplate

CREATED: Final = 201

_ONE_AT_A_TIME: Final = "select pg_try_advisory_xact_lock(hashtextextended($1 || chr(10) || $2, 0))"
_WORKFLOW: Final = """
insert into workflow (id, tenant, template, title, graph, input, priority, open_steps, seq, wants_slot_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 1, now()) returning created_at
"""
_STEPS: Final = """
insert into step (workflow_id, id, tenant, role, task, waiting, needs, successors, max_attempts, review)
select $1, id, $2, role, task, waiting, needs, successors, max_attempts, review
from jsonb_to_recordset($3::jsonb) as s(id text, role text, task text, waiting integer, needs text[],
    successors text[], max_attempts integer, review jsonb)
"""
_EVENT: Final = "insert into event (workflow_id, seq, tenant, type, data) values ($1, $2, $3, $4, $5)"
_AUDIT: Final = "insert into audit (tenant, actor, action, object, detail) values ($1, $2, $3, $4, $5)"
_IDEMPOTENCY: Final = """
insert into idempotency (tenant, key, body_hash, workflow_id, status, response) values ($1, $2, $3, $4, $5, $6)
"""


class IdempotencyKeyReusedError(Exception):
    """The key was used for another body (HTTP 422)."""


class IdempotencyInProgressError(Exception):
    """A request with this key is being worked on right now (HTTP 409)."""


class UnknownWorkflowError(LookupError):
    """The tenant has no such workflow (HTTP 404)."""


@dataclass(frozen=True)
class Submitted:
    """A workflow that is stored. ``replayed``: by an earlier request with the same key."""

    workflow: Workflow
    replayed: bool


@dataclass(frozen=True)
class Cancelled:
    """Where the workflow stands now. ``changed``: this call cancelled it."""

    status: WorkflowStatus
    changed: bool


class WorkflowStore:
    """Submits and cancels. ``pool`` is of login ``api``; ``wake`` tells the core, which also polls."""

    def __init__(self, pool: Pool, wake: Callable[[], None], deadline: float = 4.0) -> None:
        self._pool = pool
        self._wake = wake
        self._deadline = deadline

    async def submit(
        self,
        *,
        template: WorkflowTemplate,
        tenant: str,
        workflow_input: dict[str, Any],
        title: str,
        priority: int,
        key: str,
        body_hash: bytes,
        actor: str,
    ) -> Submitted:
        """Store a workflow under its idempotency key, in one transaction.

        After an error of :data:`app.database.LOST` call again with the same key: the key answers what became of it.
        Raises :class:`IdempotencyKeyReusedError`, :class:`IdempotencyInProgressError`.
        """
        steps = compiled(template, workflow_input)
        async with tenant_transaction(self._pool, tenant, self._deadline) as connection:
            earlier = await _earlier(connection, tenant, key, body_hash)
            if earlier is not None:
                return Submitted(earlier, replayed=True)
            workflow_id = uuid4()
            graph = template.model_dump(mode="json")
            created_at: datetime = await connection.fetchval(
                _WORKFLOW, workflow_id, tenant, template.name, title, graph, workflow_input, priority, len(steps)
            )
            await connection.execute(_STEPS, workflow_id, tenant, steps)
            await connection.execute(_EVENT, workflow_id, 1, tenant, "workflow.queued", {"template": template.name})
            await connection.execute(_AUDIT, tenant, actor, "workflow.submit", str(workflow_id), {"title": title})
            stored = Workflow(
                id=workflow_id,
                template=template.name,
                title=title,
                status="queued",
                priority=priority,
                seq=1,
                created_at=created_at,
            )
            response = stored.model_dump(mode="json")
            await connection.execute(_IDEMPOTENCY, tenant, key, body_hash, workflow_id, CREATED, response)
        self._wake()
        return Submitted(stored, replayed=False)

    async def cancel(self, *, tenant: str, workflow_id: UUID, actor: str) -> Cancelled:
        """Cancel a workflow unless it is finished. Its running steps can record nothing any more.

        Safe to call again after an error of :data:`app.database.LOST`. Raises :class:`UnknownWorkflowError`.
        """
        async with tenant_transaction(self._pool, tenant, self._deadline) as connection:
            found = await connection.fetchrow(
                "select status, seq from workflow where id = $1 for no key update", workflow_id
            )
            if found is None:
                raise UnknownWorkflowError(workflow_id)
            if found["status"] not in ("queued", "running"):
                return Cancelled(found["status"], changed=False)
            await connection.execute(
                "update step set status = 'cancelled', owner = null, finished_at = now()"
                " where workflow_id = $1 and status in ('blocked', 'ready', 'running')",
                workflow_id,
            )
            await connection.execute(
                "update workflow set status = 'cancelled', finished_at = now(), slot = false, wants_slot_at = null,"
                " seq = seq + 1 where id = $1",
                workflow_id,
            )
            seq = found["seq"] + 1
            await connection.execute(_EVENT, workflow_id, seq, tenant, "workflow.cancelled", {"actor": actor})
            await connection.execute(_AUDIT, tenant, actor, "workflow.cancel", str(workflow_id), {})
        self._wake()
        return Cancelled("cancelled", changed=True)


async def _earlier(connection: Connection, tenant: str, key: str, body_hash: bytes) -> Workflow | None:
    if not await connection.fetchval(_ONE_AT_A_TIME, tenant, key):
        raise IdempotencyInProgressError(key)
    known = await connection.fetchrow(
        "select body_hash, response from idempotency where tenant = $1 and key = $2", tenant, key
    )
    if known is None:
        return None
    if known["body_hash"] != body_hash:
        raise IdempotencyKeyReusedError(key)
    return Workflow.model_validate(known["response"])
