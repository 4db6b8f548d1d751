"""Recording a batch of outcomes in one transaction: exactly once, under the workflows' locks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.database import Connection
from app.engine.durable.claim import Key
from app.engine.durable.plan import Plan, Settlement, StepState, WorkflowState, plan

_LOCK: Final = """
select id, tenant, seq, open_steps from workflow where id = any($1::uuid[]) and status = 'running'
order by id for no key update
"""
_FENCED: Final = """
select s.workflow_id, s.id, s.fence, s.attempt, s.max_attempts, s.iteration, s.takeovers, s.successors, s.review
from unnest($1::uuid[], $2::text[], $3::bigint[], $4::uuid[]) as k(workflow_id, id, fence, owner)
join step s on s.workflow_id = k.workflow_id and s.id = k.id
where s.status = 'running' and s.fence = k.fence and s.owner = k.owner
"""
_CONFIRMED: Final = """
select k.workflow_id, k.id, k.fence from unnest($1::uuid[], $2::text[], $3::bigint[]) as k(workflow_id, id, fence)
join step s on s.workflow_id = k.workflow_id and s.id = k.id and s.settled = k.fence
"""
_CHANGE: Final = """
update step s set status = c.status, attempt = c.attempt, takeovers = c.takeovers, output = c.output, error = c.error,
    owner = null,
    settled = case when c.settled then s.fence else s.settled end,
    run_at = case when c.status = 'ready' then now() + make_interval(secs => c.delay) else s.run_at end,
    finished_at = case when c.status = 'ready' then null else now() end,
    role_digest = case when c.attempt > s.attempt then null else s.role_digest end
from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::boolean[], $6::integer[], $7::jsonb[], $8::jsonb[],
    $9::float8[]) as c(workflow_id, id, status, attempt, settled, takeovers, output, error, delay)
where s.workflow_id = c.workflow_id and s.id = c.id
"""
_AGAIN: Final = """
update step s set
    waiting = (select count(*) from unnest(s.needs) as need where need = any($2::text[])),
    status = case when s.needs && $2::text[] then 'blocked' else 'ready' end,
    settled = case when s.status = 'running' then s.fence else s.settled end,
    iteration = s.iteration + 1, attempt = 0, takeovers = 0, feedback = $3, owner = null, run_at = now(),
    output = null, error = null, role_digest = null, started_at = null, finished_at = null
where s.workflow_id = $1 and s.id = any($2::text[])
returning id, status, iteration
"""
_ARRIVE: Final = """
update step s set waiting = s.waiting - a.n,
    status = case when s.waiting = a.n then 'ready' else s.status end,
    run_at = case when s.waiting = a.n then now() else s.run_at end
from unnest($1::uuid[], $2::text[], $3::integer[]) as a(workflow_id, id, n)
where s.workflow_id = a.workflow_id and s.id = a.id and s.status = 'blocked'
returning s.workflow_id, s.id, s.status
"""
_PUBLISH: Final = """
with draft as (
    select a.id, a.workflow_id, a.path, row_number() over (partition by a.workflow_id, a.path order by k.place) as nth
    from unnest($1::uuid[], $2::text[], $3::integer[]) with ordinality as k(workflow_id, step_id, iteration, place)
    join artifact a on a.workflow_id = k.workflow_id and a.step_id = k.step_id and a.iteration = k.iteration
    where not a.committed
)
update artifact a set committed = true, version = d.nth + coalesce((
    select max(v.version) from artifact v where v.workflow_id = d.workflow_id and v.path = d.path and v.committed), 0)
from draft d where a.id = d.id
returning a.workflow_id, a.step_id, a.path, a.version, a.size, a.media_type
"""
_CANCEL: Final = """
update step set status = 'cancelled', owner = null, finished_at = now()
where workflow_id = any($1::uuid[]) and status in ('blocked', 'ready', 'running')
"""
_WORKFLOWS: Final = """
update workflow w set seq = b.seq, open_steps = b.open_steps, status = b.status, error = b.error,
    finished_at = case when b.status = 'running' then null else now() end,
    slot = w.slot and b.status = 'running',
    wants_slot_at = case when b.status = 'running' then w.wants_slot_at end
from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::jsonb[])
    as b(id, seq, open_steps, status, error)
where w.id = b.id
"""
_EVENTS: Final = """
insert into event (workflow_id, seq, tenant, type, step_id, data)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
"""
_RELEASE: Final = """
update workflow w set slot = false, wants_slot_at = (
    select min(s.run_at) from step s where s.workflow_id = w.id and s.status = 'ready')
where w.id = any($1::uuid[]) and w.slot and not exists (
    select from step s where s.workflow_id = w.id
    and (s.status = 'running' or (s.status = 'ready' and s.run_at <= now())))
"""


@dataclass(frozen=True)
class Settled:
    """What a batch did."""

    recorded: frozenset[Key]
    """Settlements that were written; the others had lost their step."""
    finished: tuple[UUID, ...]
    """Workflows that ended."""


async def settle(connection: Connection, batch: Sequence[Settlement], backoff: Callable[[int], float]) -> Settled:
    """Write what ``batch`` says, in the transaction that ``connection`` is in.

    Locks the workflow rows in id order first: seq, counts and joins are then this transaction's alone. A settlement
    is written only if its step is still running under its owner and fence, so writing a batch twice, as after a
    commit whose answer was lost, changes nothing the second time.
    """
    rows = await connection.fetch(_LOCK, sorted({settlement.key.workflow for settlement in batch}))
    workflows = {row["id"]: WorkflowState(row["id"], row["tenant"], row["seq"], row["open_steps"]) for row in rows}
    held = await _held(connection, batch)
    made = plan(batch, workflows, held, backoff)
    if not made.recorded:
        return Settled(frozenset(), ())
    await _write_steps(connection, made)
    await _publish(connection, made, workflows)
    await _make_ready(connection, made, workflows)
    if made.failed:
        await connection.execute(_CANCEL, made.failed)
    await _write_workflows(connection, workflows)
    finished = tuple(workflow.id for workflow in workflows.values() if workflow.status != "running")
    return Settled(frozenset(made.recorded), finished)


async def confirmed(connection: Connection, batch: Sequence[Settlement]) -> set[Key]:
    """Which of ``batch`` an earlier commit wrote, after its answer was lost. The others lost their step."""
    keys = [settlement.key for settlement in batch]
    rows = await connection.fetch(
        _CONFIRMED, [key.workflow for key in keys], [key.step for key in keys], [key.fence for key in keys]
    )
    return {Key(row["workflow_id"], row["id"], row["fence"]) for row in rows}


async def _held(connection: Connection, batch: Sequence[Settlement]) -> dict[Key, StepState]:
    rows = await connection.fetch(
        _FENCED,
        [settlement.key.workflow for settlement in batch],
        [settlement.key.step for settlement in batch],
        [settlement.key.fence for settlement in batch],
        [settlement.owner for settlement in batch],
    )
    held: dict[Key, StepState] = {}
    for row in rows:
        key = Key(row["workflow_id"], row["id"], row["fence"])
        held[key] = StepState(
            key,
            row["attempt"],
            row["max_attempts"],
            row["iteration"],
            row["takeovers"],
            row["successors"],
            row["review"],
        )
    return held


async def _write_steps(connection: Connection, made: Plan) -> None:
    if made.changes:
        await connection.execute(
            _CHANGE,
            [change.key.workflow for change in made.changes],
            [change.key.step for change in made.changes],
            [change.status for change in made.changes],
            [change.attempt for change in made.changes],
            [change.settled for change in made.changes],
            [change.takeovers for change in made.changes],
            [change.output for change in made.changes],
            [change.error for change in made.changes],
            [change.delay for change in made.changes],
        )


async def _publish(connection: Connection, made: Plan, workflows: dict[UUID, WorkflowState]) -> None:
    """Drafts of completed steps become committed artifacts."""
    if not made.completed:
        return
    rows = await connection.fetch(
        _PUBLISH,
        [key.workflow for key, _ in made.completed],
        [key.step for key, _ in made.completed],
        [iteration for _, iteration in made.completed],
    )
    for row in sorted(rows, key=lambda row: (row["path"], row["version"])):
        told = {name: row[name] for name in ("path", "version", "size", "media_type")}
        workflows[row["workflow_id"]].tell("artifact.written", row["step_id"], **told)


async def _make_ready(connection: Connection, made: Plan, workflows: dict[UUID, WorkflowState]) -> None:
    """Steps whose last need has come, and loop bodies that run again."""
    for back in made.sent_back:
        for row in await connection.fetch(_AGAIN, back.key.workflow, back.body, back.feedback):
            if row["status"] == "ready":
                workflows[back.key.workflow].tell("step.ready", row["id"], iteration=row["iteration"])
    if made.arrivals:
        rows = await connection.fetch(
            _ARRIVE,
            [workflow for workflow, _ in made.arrivals],
            [step for _, step in made.arrivals],
            list(made.arrivals.values()),
        )
        for row in sorted(rows, key=lambda row: row["id"]):
            workflow = workflows[row["workflow_id"]]
            if row["status"] == "ready" and workflow.status == "running":
                workflow.tell("step.ready", row["id"])


async def _write_workflows(connection: Connection, workflows: dict[UUID, WorkflowState]) -> None:
    touched = [workflow for workflow in workflows.values() if workflow.events]
    for workflow in touched:
        if workflow.status != "running":
            workflow.tell(f"workflow.{workflow.status}", None, **(workflow.error or {}))
    events = [event for workflow in touched for event in _numbered(workflow)]
    await connection.execute(_EVENTS, *_columns(events))
    await connection.execute(
        _WORKFLOWS,
        [workflow.id for workflow in touched],
        [workflow.seq + len(workflow.events) for workflow in touched],
        [workflow.open_steps for workflow in touched],
        [workflow.status for workflow in touched],
        [workflow.error for workflow in touched],
    )
    still = [workflow.id for workflow in touched if workflow.status == "running"]
    if still:
        await connection.execute(_RELEASE, still)


def _numbered(workflow: WorkflowState) -> Iterable[tuple[Any, ...]]:
    for seq, (event, step, data) in enumerate(workflow.events, workflow.seq + 1):
        yield workflow.id, seq, workflow.tenant, event, step, data


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
