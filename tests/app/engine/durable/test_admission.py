"""How many workflows run at once, and whose turn it is."""

import asyncio

import asyncpg
import pytest

from app.database import transaction
from app.engine.durable.admission import admit
from app.engine.durable.ports import Completed, Journal, Requeue, StepOutcome, StepRun
from tests.app.engine.durable.harness import Platform, Scripted, chain, running

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


async def _admit(platform: Platform, limit: int) -> int:
    async with transaction(platform.admin, 5) as connection:
        return await admit(connection, limit)


async def _admitted(platform: Platform) -> list[tuple[str, int]]:
    rows = await platform.admin.fetch(
        "select w.tenant, w.priority from workflow w where slot order by admitted_at, tenant, priority desc"
    )
    return [(row["tenant"], row["priority"]) for row in rows]


async def test_replicas_that_admit_at_once_never_exceed_the_limit(platform: Platform) -> None:
    for _ in range(30):
        await platform.submit(chain(1))
    connections = [await asyncpg.connect(platform.database.worker_url) for _ in range(6)]

    async def one(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
        async with connection.transaction():
            return await admit(connection, 7)

    admitted = await asyncio.wait_for(asyncio.gather(*map(one, connections)), 20)
    assert sum(admitted) == 7
    assert await platform.admin.fetchval("select count(*) from workflow where slot") == 7
    for connection in connections:
        await connection.close()


async def test_a_selection_made_before_the_lock_was_got_is_not_used(platform: Platform) -> None:
    """The lock must be a statement of its own: the loser of the race must see what the winner admitted."""
    await platform.submit(chain(1))
    first, second = [await asyncpg.connect(platform.database.worker_url) for _ in range(2)]
    begun = first.transaction()
    await begun.start()
    assert await admit(first, 1) == 1
    await platform.submit(chain(1), priority=9)  # what a selection made now would take, beside the winner's

    async def lose() -> int:
        async with second.transaction():
            return await admit(second, 1)

    loser = asyncio.create_task(lose())
    await platform.until("select count(*) from pg_locks where locktype = 'advisory' and not granted", expected=1)
    await begun.commit()
    assert await asyncio.wait_for(loser, 10) == 0
    for connection in (first, second):
        await connection.close()


async def test_tenants_take_turns_however_long_one_queue_is(platform: Platform) -> None:
    for _ in range(10):
        await platform.submit(chain(1), tenant="big")
    for tenant in ("small", "tiny"):
        await platform.submit(chain(1), tenant=tenant)
    await _admit(platform, 3)
    assert sorted(tenant for tenant, _ in await _admitted(platform)) == ["big", "small", "tiny"]
    await platform.submit(chain(1), tenant="late")
    await _admit(platform, 5)  # who holds slots already goes behind who holds none
    assert sorted(tenant for tenant, _ in await _admitted(platform)) == ["big", "big", "late", "small", "tiny"]


async def test_priority_orders_a_tenants_own_queue(platform: Platform) -> None:
    for priority in (0, 5, -5, 9):
        await platform.submit(chain(1), priority=priority)
    for _ in range(4):
        await _admit(platform, 1 + await platform.admin.fetchval("select count(*) from workflow where slot"))
    assert [priority for _, priority in await _admitted(platform)] == [9, 5, 0, -5]


async def test_the_limit_holds_while_replicas_run(platform: Platform) -> None:
    workflows = [await platform.submit(chain(2)) for _ in range(12)]
    executor = Scripted(_briefly)
    async with running(platform, executor, workflows=3), running(platform, executor, workflows=3):
        assert set(await platform.finished(*workflows)) == {"completed"}
    assert executor.most_inside <= 3
    held = await platform.admin.fetch(
        "select (select count(*) from workflow o"
        " where o.admitted_at <= w.admitted_at and o.finished_at > w.admitted_at) as n from workflow w"
    )
    assert max(row["n"] for row in held) <= 3


async def test_a_workflow_that_waits_for_its_next_try_holds_no_slot(platform: Platform) -> None:
    patient = await platform.submit(chain(1))
    tries: list[StepRun] = []

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        if run.workflow != patient:
            return Completed({})
        tries.append(run)
        return Requeue("capacity", 3600) if len(tries) == 1 else Completed({})

    async with running(platform, Scripted(act), workflows=1):
        await platform.until("select wants_slot_at is not null and not slot from workflow where seq > 3")
        other = await platform.submit(chain(1))
        assert await platform.finished(other) == ["completed"]
        await platform.admin.execute("update step set run_at = now() where workflow_id = $1", patient)
        await platform.admin.execute("update workflow set wants_slot_at = now() where id = $1", patient)
        assert await platform.finished(patient) == ["completed"]
    assert [run.attempt for run in tries] == [1, 1]
    kinds = [kind for kind, _ in await platform.events(patient)]
    assert kinds.count("workflow.admitted") == 1


async def _briefly(run: StepRun, journal: Journal) -> StepOutcome:
    await asyncio.sleep(0)
    return Completed({})
