"""Claiming ready steps of admitted workflows, and loading what a run needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.database import Connection
from app.engine.durable.ports import RecordedTurn, StepRun

_CLAIM: Final = """
with wanted as (select * from unnest($1::text[], $2::integer[]) as r(role, free)),
busy as (select * from unnest($3::text[], $4::text[], $5::integer[]) as b(role, tenant, n)),
ranked as (
    select s.workflow_id, s.id, s.role, r.free, w.priority, s.run_at, coalesce(b.n, 0) + row_number() over (
        partition by s.role, s.tenant order by w.priority desc, s.run_at, s.workflow_id, s.id) as turn
    from wanted r
    join step s on s.role = r.role and s.status = 'ready' and s.run_at <= now()
    join workflow w on w.id = s.workflow_id and w.slot
    left join busy b on b.role = s.role and b.tenant = s.tenant
),
bounded as (
    select workflow_id, id, free, turn, priority, run_at,
        row_number() over (partition by role order by turn, priority desc, run_at, workflow_id, id) as place
    from ranked where turn <= $6
),
picked as (select workflow_id, id from bounded where place <= free order by turn, priority desc, run_at limit $7),
locked as (
    select s.workflow_id, s.id from picked p
    join step s on s.workflow_id = p.workflow_id and s.id = p.id and s.status = 'ready'
    join workflow w on w.id = s.workflow_id and w.slot
    where exists (select from replica where id = $8 and heartbeat_at > now() - make_interval(secs => $9))
    for no key update of w, s skip locked
),
claimed as (
    update step s set status = 'running', owner = $8, fence = s.fence + 1, attempt = greatest(s.attempt, 1),
        started_at = now()
    from locked l where s.workflow_id = l.workflow_id and s.id = l.id
    returning s.workflow_id, s.id, s.tenant, s.fence, s.attempt, s.iteration
),
numbered as (
    update workflow w set seq = w.seq + c.n
    from (select workflow_id, count(*) as n from claimed group by workflow_id) c where w.id = c.workflow_id
    returning w.id, w.seq - c.n as seq
),
told as (
    insert into event (workflow_id, seq, tenant, type, step_id, data)
    select c.workflow_id, n.seq + row_number() over (partition by c.workflow_id order by c.id), c.tenant,
        'step.started', c.id, jsonb_build_object('attempt', c.attempt, 'iteration', c.iteration)
    from claimed c join numbered n on n.id = c.workflow_id
)
select workflow_id, id, fence from claimed
"""
_OWNED: Final = "select workflow_id, id, fence from step where status = 'running' and owner = $1"
_LOAD: Final = """
select s.workflow_id, s.id, s.tenant, s.role, s.task, s.fence, s.attempt, s.iteration, s.feedback, s.role_digest,
    w.input,
    (select jsonb_object_agg(n.id, n.output) from step n where n.workflow_id = s.workflow_id and n.id = any(s.needs))
        as inputs,
    (select jsonb_agg(jsonb_build_array(t.number, t.response, t.results) order by t.number) from turn t
        where t.workflow_id = s.workflow_id and t.step_id = s.id and t.iteration = s.iteration) as turns
from unnest($1::uuid[], $2::text[], $3::bigint[]) as k(workflow_id, id, fence)
join step s on s.workflow_id = k.workflow_id and s.id = k.id and s.fence = k.fence
join workflow w on w.id = s.workflow_id
where s.status = 'running' and s.owner = $4
"""


@dataclass(frozen=True)
class Key:
    """One claim of one step: what a run may write under."""

    workflow: UUID
    step: str
    fence: int


@dataclass(frozen=True)
class Room:
    """How many steps a replica can take on."""

    slots: int
    """In all."""
    roles: Mapping[str, int]
    """By role."""
    busy: Mapping[tuple[str, str], int]
    """Steps it runs already, by role and tenant."""
    per_tenant: int
    """Steps of one tenant under one role that it runs at once."""


async def claim(connection: Connection, owner: UUID, lease: float, room: Room) -> list[Key]:
    """Take ready steps for ``owner``, tenants in turn; none where its heartbeat is older than ``lease`` seconds.

    Workflow and step rows are both locked with SKIP LOCKED, so a claim never waits and cannot deadlock.
    """
    rows = await connection.fetch(
        _CLAIM,
        list(room.roles),
        list(room.roles.values()),
        [role for role, _ in room.busy],
        [tenant for _, tenant in room.busy],
        list(room.busy.values()),
        room.per_tenant,
        room.slots,
        owner,
        lease,
    )
    return [Key(row["workflow_id"], row["id"], row["fence"]) for row in rows]


async def owned(connection: Connection, owner: UUID) -> list[Key]:
    """Every step that the database believes ``owner`` is running."""
    return [Key(row["workflow_id"], row["id"], row["fence"]) for row in await connection.fetch(_OWNED, owner)]


async def load(connection: Connection, owner: UUID, keys: Sequence[Key]) -> list[tuple[Key, StepRun]]:
    """What each claim needs to run; claims that are no longer ``owner``'s are left out."""
    rows = await connection.fetch(
        _LOAD, [key.workflow for key in keys], [key.step for key in keys], [key.fence for key in keys], owner
    )
    return [
        (
            Key(row["workflow_id"], row["id"], row["fence"]),
            StepRun(
                workflow=row["workflow_id"],
                tenant=row["tenant"],
                step=row["id"],
                role=row["role"],
                attempt=row["attempt"],
                iteration=row["iteration"],
                task=row["task"],
                inputs={**(row["inputs"] or {}), "workflow": row["input"]},
                feedback=row["feedback"],
                role_digest=row["role_digest"],
                turns=tuple(RecordedTurn(*turn) for turn in row["turns"] or ()),
            ),
        )
        for row in rows
    ]
