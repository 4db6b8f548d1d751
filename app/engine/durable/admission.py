"""Admission: which workflows may run, never more than the limit over all replicas, fairly over tenants."""

from typing import Final

from app.database import Connection

LOCK: Final = 0x6D63_7002

_SELECT: Final = """
with held as (select tenant, count(*) as n from workflow where slot group by tenant),
free as (select greatest($1 - coalesce(sum(n), 0), 0)::bigint as n from held),
tenants as (select distinct tenant from workflow where wants_slot_at is not null),
ranked as (
    select w.id, w.priority, w.created_at, coalesce(h.n, 0) + row_number() over (
        partition by t.tenant order by w.status desc, w.priority desc, w.created_at, w.id) as turn
    from tenants t
    left join held h on h.tenant = t.tenant
    cross join lateral (
        select id, status, priority, created_at from workflow
        where tenant = t.tenant and wants_slot_at <= now()
        order by status desc, priority desc, created_at, id limit (select n from free)
    ) w
)
select w.id, w.tenant, w.status, w.seq from workflow w
where w.id in (select id from ranked order by turn, priority desc, created_at, id limit (select n from free))
and w.wants_slot_at <= now()
order by w.id for no key update skip locked
"""
_ADMIT: Final = """
update workflow w set slot = true, wants_slot_at = null, status = 'running',
    admitted_at = coalesce(admitted_at, now()), seq = b.seq
from unnest($1::uuid[], $2::bigint[]) as b(id, seq) where w.id = b.id
"""
_READY: Final = """
update step set status = 'ready', run_at = now()
where workflow_id = any($1::uuid[]) and status = 'blocked' and waiting = 0 returning workflow_id, id
"""
_EVENTS: Final = """
insert into event (workflow_id, seq, tenant, type, step_id, data)
select *, '{}'::jsonb from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[])
"""


async def admit(connection: Connection, limit: int) -> int:
    """Give free slots to workflows that want one; returns how many. Must be a transaction of its own.

    Each tenant's next workflow takes its turn after as many as that tenant has running, so that no tenant waits for
    another's queue; within a tenant, work already begun goes first, then priority, then age.

    The lock is the first statement and the selection the second: in one statement the snapshot would predate the
    lock, and two replicas would fill the same slots.
    """
    await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
    chosen = await connection.fetch(_SELECT, limit)
    if not chosen:
        return 0
    begun = [row["id"] for row in chosen if row["status"] == "queued"]
    roots: dict[object, list[str]] = {workflow: [] for workflow in begun}
    for row in await connection.fetch(_READY, begun):
        roots[row["workflow_id"]].append(row["id"])
    events: list[tuple[object, int, str, str, str | None]] = []
    seqs: list[int] = []
    for row in chosen:
        seq: int = row["seq"]
        if row["id"] in roots:
            seq += 1
            events.append((row["id"], seq, row["tenant"], "workflow.admitted", None))
            for step in sorted(roots[row["id"]]):
                seq += 1
                events.append((row["id"], seq, row["tenant"], "step.ready", step))
        seqs.append(seq)
    await connection.execute(_ADMIT, [row["id"] for row in chosen], seqs)
    if events:
        await connection.execute(_EVENTS, *(list(column) for column in zip(*events, strict=True)))
    return len(chosen)
