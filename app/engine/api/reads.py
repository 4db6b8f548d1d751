"""The API's read queries. Each runs in a tenant's transaction; row-level security does the isolating."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.engine.api.cursors import Position
from contract.api import ArtifactView, Event, StepView, Summary, Workflow, WorkflowDetail

if TYPE_CHECKING:
    from app.database import Connection

_ARTIFACT = "path, version, step_id, media_type, size, encode(sha256, 'hex') as sha256, created_at"
_WORKFLOW = "id, template, title, status, priority, seq, created_at, admitted_at, finished_at, error"


async def workflows(
    connection: "Connection", *, limit: int, after: Position | None, status: str | None
) -> list[Workflow]:
    """At most ``limit`` workflows, newest first, older than ``after``."""
    rows = await connection.fetch(
        f"select {_WORKFLOW} from workflow"  # noqa: S608 - a constant
        " where ($1::timestamptz is null or (created_at, id) < ($1, $2::uuid)) and ($3::text is null or status = $3)"
        " order by created_at desc, id desc limit $4",
        after[0] if after else None,
        after[1] if after else None,
        status,
        limit,
    )
    return [Workflow.model_validate(dict(row)) for row in rows]


async def workflow(connection: "Connection", workflow_id: UUID) -> WorkflowDetail | None:
    """One workflow, with its input and its steps counted by status."""
    row = await connection.fetchrow(
        f"select {_WORKFLOW}, input, (select coalesce(jsonb_object_agg(s.status, s.n), '{{}}') from"  # noqa: S608
        " (select status, count(*) n from step where workflow_id = $1 group by status) s) as steps"
        " from workflow where id = $1",
        workflow_id,
    )
    return None if row is None else WorkflowDetail.model_validate(dict(row))


async def summary(connection: "Connection") -> Summary:
    """The tenant's workflows counted by status."""
    rows = await connection.fetch("select status, count(*) as n from workflow group by status")
    return Summary(workflows={row["status"]: row["n"] for row in rows})


async def exists(connection: "Connection", workflow_id: UUID) -> bool:
    """Whether this tenant has such a workflow."""
    return bool(await connection.fetchval("select true from workflow where id = $1", workflow_id))


async def steps(connection: "Connection", workflow_id: UUID) -> list[StepView] | None:
    """Every step in the template's order; None where there is no such workflow."""
    graph: dict[str, Any] | None = await connection.fetchval("select graph from workflow where id = $1", workflow_id)
    if graph is None:
        return None
    rows = await connection.fetch(
        "select id, role, task, status, needs, iteration, attempt, max_attempts, role_digest, output, error,"
        " started_at, finished_at from step where workflow_id = $1",
        workflow_id,
    )
    order: dict[str, int] = {step["id"]: place for place, step in enumerate(graph["steps"])}
    views = [StepView.model_validate(dict(row)) for row in rows]
    return sorted(views, key=lambda view: order.get(view.id, len(order)))


async def artifacts(connection: "Connection", workflow_id: UUID) -> list[ArtifactView]:
    """The newest committed version of each path."""
    rows = await connection.fetch(
        f"select distinct on (path) {_ARTIFACT}"  # noqa: S608 - a constant
        " from artifact where workflow_id = $1 and committed order by path, version desc",
        workflow_id,
    )
    return [ArtifactView.model_validate(dict(row)) for row in rows]


async def artifact(
    connection: "Connection", workflow_id: UUID, path: str, version: int | None
) -> tuple[ArtifactView, bytes] | None:
    """One committed version of one path (the newest where ``version`` is None) with its content."""
    row = await connection.fetchrow(
        f"select {_ARTIFACT}, content"  # noqa: S608 - a constant
        " from artifact where workflow_id = $1 and path = $2 and committed and ($3::int is null or version = $3)"
        " order by version desc limit 1",
        workflow_id,
        path,
        version,
    )
    return None if row is None else (ArtifactView.model_validate(dict(row)), row["content"])


async def events(connection: "Connection", workflow_id: UUID, after: int, limit: int) -> list[Event]:
    """At most ``limit`` events with a seq above ``after``, oldest first; gapless, since seq is given under a lock."""
    rows = await connection.fetch(
        "select seq, type, step_id, data, at from event where workflow_id = $1 and seq > $2 order by seq limit $3",
        workflow_id,
        after,
        limit,
    )
    return [Event.model_validate(dict(row)) for row in rows]
