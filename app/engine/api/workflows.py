"""Routes of workflows: submit, list, look at, cancel."""

import hashlib
import re
from typing import Annotated, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from app.engine.api import cursors, reads
from app.engine.api.body import parsed
from app.engine.api.context import Api, Caller
from app.engine.api.description import body_of
from app.engine.api.problem import ApiError
from app.engine.api.submission import canonical, check_input, check_roles, named_template
from app.engine.api.tenancy import tenant_transaction
from contract.api import (
    API_PREFIX,
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    Artifacts,
    ErrorCode,
    EventPage,
    Steps,
    SubmitWorkflow,
    Workflow,
    WorkflowDetail,
    WorkflowPage,
    WorkflowStatus,
)

ROUTES = APIRouter(prefix=f"{API_PREFIX}/workflows", tags=["workflows"])
MAX_PAGE: Final = 200
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_SAFE_TO_SHOW: Final = frozenset({"text/plain", "text/markdown", "text/csv", "application/json", "application/yaml"})

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Found = TypeVar("Found")


@ROUTES.post("", status_code=201, response_model=Workflow, openapi_extra=body_of(SubmitWorkflow))
async def submit(
    request: Request,
    api: Api,
    caller: Caller,
    key: Annotated[str | None, Header(alias=IDEMPOTENCY_KEY)] = None,
) -> Response:
    """Accept a workflow. The same Idempotency-Key with the same body gives the stored answer and starts nothing."""
    if key is None:
        raise ApiError(ErrorCode.IDEMPOTENCY_KEY_MISSING, f"Send a {IDEMPOTENCY_KEY} header, such as a new UUID.")
    if not _KEY.fullmatch(key):
        raise ApiError(ErrorCode.INVALID_REQUEST, f"{IDEMPOTENCY_KEY} must be 1 to 200 visible ASCII characters.")
    body, content = await parsed(request, SubmitWorkflow)
    inline = not isinstance(body.template, str)
    roles = api.catalogue.roles()
    template = (
        body.template
        if not isinstance(body.template, str)
        else named_template(body.template, api.catalogue.templates())
    )
    check_roles(template, roles)
    await check_input(template, body.input, len(content), inline=inline)
    accepted = await api.commands.submit(
        template=template,
        tenant=caller.tenant,
        workflow_input=body.input,
        title=body.title if body.title is not None else template.title or template.name,
        priority=body.priority,
        key=key,
        body_hash=hashlib.sha256(canonical(body.model_dump(mode="json"))).digest(),
        actor=caller.actor,
    )
    headers = {"Location": f"{API_PREFIX}/workflows/{accepted.workflow.id}"}
    if accepted.replayed:
        headers[IDEMPOTENCY_REPLAYED] = "true"
    return Response(accepted.workflow.model_dump_json(), 201, headers, "application/json")


@ROUTES.get("")
async def list_workflows(
    api: Api,
    caller: Caller,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    status: Annotated[WorkflowStatus | None, Query()] = None,
) -> WorkflowPage:
    """The tenant's workflows, newest first, a page at a time."""
    after = None if cursor is None else cursors.decode(cursor)
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        found = await reads.workflows(connection, limit=limit + 1, after=after, status=status)
    more = len(found) > limit
    shown = found[:limit]
    following = cursors.encode(shown[-1].created_at, shown[-1].id) if more else None
    return WorkflowPage(items=tuple(shown), next=following)


@ROUTES.get("/{workflow_id}")
async def show(api: Api, caller: Caller, workflow_id: UUID) -> WorkflowDetail:
    """One workflow with its input and its steps counted by status."""
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        return _known(await reads.workflow(connection, workflow_id), workflow_id)


@ROUTES.get("/{workflow_id}/steps")
async def steps(api: Api, caller: Caller, workflow_id: UUID) -> Steps:
    """Every step in the template's order."""
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        return Steps(items=tuple(_known(await reads.steps(connection, workflow_id), workflow_id)))


@ROUTES.get("/{workflow_id}/artifacts")
async def artifacts(api: Api, caller: Caller, workflow_id: UUID) -> Artifacts:
    """The newest committed version of every artifact."""
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        if not await reads.exists(connection, workflow_id):
            raise ApiError.not_found(f"workflow {workflow_id}")
        return Artifacts(items=tuple(await reads.artifacts(connection, workflow_id)))


@ROUTES.get("/{workflow_id}/artifacts/{path:path}", response_class=Response)
async def artifact(
    api: Api,
    caller: Caller,
    workflow_id: UUID,
    path: str,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """An artifact's bytes. Agents wrote them, so a browser is told to save what it might run."""
    if "\x00" in path:
        raise ApiError.not_found("such artifact")
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        found = await reads.artifact(connection, workflow_id, path, version)
    if found is None:
        raise ApiError.not_found(f"artifact {path} of workflow {workflow_id}")
    view, content = found
    essence = view.media_type.partition(";")[0].strip().lower()
    safe = essence in _SAFE_TO_SHOW
    placing = "inline" if safe else "attachment"
    return Response(
        content,
        headers={
            "ETag": f'"{view.sha256}"',
            "Content-Type": f"{essence}; charset=utf-8" if safe else "application/octet-stream",
            "Content-Disposition": f"{placing}; filename*=UTF-8''{quote(path.rpartition('/')[2], safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@ROUTES.get("/{workflow_id}/events")
async def events(
    api: Api,
    caller: Caller,
    workflow_id: UUID,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Limit = 100,
) -> EventPage:
    """Events after a cursor, oldest first; the same as the WebSocket says, for those who poll."""
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        if not await reads.exists(connection, workflow_id):
            raise ApiError.not_found(f"workflow {workflow_id}")
        found = await reads.events(connection, workflow_id, after, limit)
    return EventPage(items=tuple(found), next=found[-1].seq if found else after)


@ROUTES.post("/{workflow_id}/cancel")
async def cancel(api: Api, caller: Caller, workflow_id: UUID) -> WorkflowDetail:
    """Cancel a workflow. Cancelling it again changes nothing; one that finished otherwise is 409."""
    await api.commands.cancel(tenant=caller.tenant, workflow_id=workflow_id, actor=caller.actor)
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        found = _known(await reads.workflow(connection, workflow_id), workflow_id)
    if found.status != "cancelled":
        raise ApiError(ErrorCode.ALREADY_FINISHED, f"Workflow {workflow_id} has already {found.status}.")
    return found


def _known(found: Found | None, workflow_id: UUID) -> Found:
    if found is None:
        raise ApiError.not_found(f"workflow {workflow_id}")
    return found
