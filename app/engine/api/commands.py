"""The API's commands on the durable core's store, its conflicts told as problems."""

from typing import Any
from uuid import UUID

from app.engine.api.context import Accepted
from app.engine.api.problem import ApiError
from app.engine.durable.store import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    UnknownWorkflowError,
    WorkflowStore,
)
from contract.api import ErrorCode
from contract.workflow import WorkflowTemplate


class StoreCommands:
    """Submits and cancels."""

    def __init__(self, store: WorkflowStore) -> None:
        self._store = store

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
    ) -> Accepted:
        """See :class:`app.engine.api.context.Commands`."""
        try:
            done = await self._store.submit(
                template=template,
                tenant=tenant,
                workflow_input=workflow_input,
                title=title,
                priority=priority,
                key=key,
                body_hash=body_hash,
                actor=actor,
            )
        except IdempotencyKeyReusedError as error:
            detail = "This Idempotency-Key was used for another request; send a new key with a new request."
            raise ApiError(ErrorCode.IDEMPOTENCY_KEY_REUSED, detail) from error
        except IdempotencyInProgressError as error:
            detail = "A request with this Idempotency-Key is being worked on; ask again for its answer."
            raise ApiError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, detail, headers={"Retry-After": "1"}) from error
        return Accepted(done.workflow, done.replayed)

    async def cancel(self, *, tenant: str, workflow_id: UUID, actor: str) -> None:
        """See :class:`app.engine.api.context.Commands`."""
        try:
            await self._store.cancel(tenant=tenant, workflow_id=workflow_id, actor=actor)
        except UnknownWorkflowError as error:
            raise ApiError.not_found(f"workflow {workflow_id}") from error
