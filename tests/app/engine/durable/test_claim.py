"""Who may take which step, and how many."""

import asyncio
from uuid import UUID, uuid4

import pytest

from app.database import session, transaction
from app.engine.durable.admission import admit
from app.engine.durable.claim import Key, Room, claim, load, owned
from app.engine.durable.ports import Completed, Failed, Journal, Requeue, StepOutcome, StepRun
from tests.app.engine.durable.harness import Platform, Scripted, running, template

pytestmark = [pytest.mark.servers, pytest.mark.anyio]

WIDE = template(*({"id": f"s{n}"} for n in range(6)))


async def _replica(platform: Platform) -> UUID:
    replica = uuid4()
    await platform.admin.execute("insert into replica (id) values ($1)", replica)
    return replica


async def _admit(platform: Platform) -> None:
    async with transaction(platform.admin, 5) as connection:
        await admit(connection, 100)


async def _claim(platform: Platform, owner: UUID, room: Room) -> list[Key]:
    async with session(platform.admin, 5) as connection:
        return await claim(connection, owner, 60, room)


def _room(slots: int = 100, roles: dict[str, int] | None = None, per_tenant: int = 100, **busy: int) -> Room:
    limits = {"developer": 100} if roles is None else roles
    return Room(slots, limits, {("developer", tenant): n for tenant, n in busy.items()}, per_tenant)


async def test_no_step_is_claimed_twice_however_many_claim(platform: Platform) -> None:
    for _ in range(10):
        await platform.submit(WIDE)
    await _admit(platform)
    replicas = [await _replica(platform) for _ in range(4)]
    claimed: list[Key] = []
    while len(claimed) < 60:  # a claim may pass by a workflow that another one holds
        for keys in await asyncio.gather(*(_claim(platform, replica, _room(5)) for replica in replicas)):
            claimed += keys
    assert len({(key.workflow, key.step) for key in claimed}) == len(claimed) == 60
    for replica in replicas:
        async with session(platform.admin, 5) as connection:
            assert {key.fence for key in await owned(connection, replica)} <= {1}


async def test_steps_of_a_workflow_that_is_not_admitted_are_not_claimed(platform: Platform) -> None:
    await platform.submit(WIDE)
    replica = await _replica(platform)
    assert await _claim(platform, replica, _room()) == []
    await _admit(platform)
    await platform.admin.execute("update workflow set slot = false, wants_slot_at = now()")  # as after a back-off
    assert await _claim(platform, replica, _room()) == []
    await _admit(platform)
    assert len(await _claim(platform, replica, _room())) == 6


async def test_claims_stay_within_slots_role_and_tenant(platform: Platform) -> None:
    mixed = template(*({"id": f"d{n}"} for n in range(4)), *({"id": f"q{n}", "role": "qa_tester"} for n in range(4)))
    for tenant in ("left", "right"):
        await platform.submit(mixed, tenant=tenant)
    await _admit(platform)
    replica = await _replica(platform)
    assert await _claim(platform, replica, _room(roles={"unknown": 9})) == []
    assert len(await _claim(platform, replica, _room(slots=1))) == 1
    by_role = await _claim(platform, replica, _room(roles={"developer": 1, "qa_tester": 2}))
    assert sorted(key.step[0] for key in by_role) == ["d", "q", "q"]
    assert await _claim(platform, replica, _room(per_tenant=2, left=2, right=2)) == []
    one_each = await _claim(platform, replica, _room(per_tenant=2, left=1, right=1))
    assert len({key.workflow for key in one_each}) == len(one_each) == 2


async def test_tenants_take_turns_within_a_claim(platform: Platform) -> None:
    for _ in range(3):
        await platform.submit(WIDE, tenant="big")
    small = await platform.submit(WIDE, tenant="small")
    await _admit(platform)
    await platform.admin.execute("update step set run_at = run_at - interval '1 s' where tenant = 'big'")
    claimed = await _claim(platform, await _replica(platform), _room(slots=4))
    assert sum(key.workflow == small for key in claimed) == 2


async def test_a_claim_passes_by_what_another_holds_and_never_waits(platform: Platform) -> None:
    busy, free = [await platform.submit(WIDE) for _ in range(2)]
    await _admit(platform)
    async with transaction(platform.admin, 10) as holder:
        await holder.execute("select from workflow where id = $1 for update", busy)
        claimed = await asyncio.wait_for(_claim(platform, await _replica(platform), _room()), 5)
    assert {key.workflow for key in claimed} == {free}


async def test_a_replica_without_a_fresh_heartbeat_claims_nothing(platform: Platform) -> None:
    await platform.submit(WIDE)
    await _admit(platform)
    replica = await _replica(platform)
    await platform.admin.execute("update replica set heartbeat_at = now() - interval '61 s'")
    assert await _claim(platform, replica, _room()) == []
    assert await _claim(platform, uuid4(), _room()) == []


async def test_what_was_lost_since_the_claim_is_not_loaded(platform: Platform) -> None:
    await platform.submit(WIDE)
    await _admit(platform)
    replica = await _replica(platform)
    claimed = await _claim(platform, replica, _room(slots=2))
    await platform.admin.execute("update step set fence = fence + 1 where id = $1", claimed[0].step)
    async with session(platform.admin, 5) as connection:
        assert [key for key, _ in await load(connection, replica, claimed)] == claimed[1:]


async def test_a_requeue_spends_no_attempt_and_a_failure_does(platform: Platform) -> None:
    answers = [Requeue("capacity", 0), Failed("timeout", "Late.", retryable=True), Requeue("circuit_open", 0.01)]

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        return answers.pop(0) if answers else Completed({})

    executor = Scripted(act)
    workflow = await platform.submit(template({"id": "only", "max_attempts": 2}))
    async with running(platform, executor):
        assert await platform.finished(workflow) == ["completed"]
    assert [run.attempt for run in executor.runs] == [1, 1, 2, 2]


async def test_attempts_run_out_and_the_workflow_fails_with_the_reason(platform: Platform) -> None:
    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        if run.step == "bad":
            raise RuntimeError("a secret that must not be shown")
        return Completed({})

    executor = Scripted(act)
    made = template({"id": "bad", "max_attempts": 3}, {"id": "after", "needs": ["bad"]}, {"id": "aside"})
    workflow = await platform.submit(made)
    async with running(platform, executor):
        assert await platform.finished(workflow) == ["failed"]
    assert [run.attempt for run in executor.runs if run.step == "bad"] == [1, 2, 3]
    error = await platform.admin.fetchval("select error from workflow where id = $1", workflow)
    assert (error["code"], error["step"], error["attempt"]) == ("internal", "bad", 3)
    assert "secret" not in error["detail"]
    assert (await platform.step(workflow, "after"))["status"] == "cancelled"


async def test_a_failure_that_cannot_be_retried_is_not(platform: Platform) -> None:
    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        return Failed("invalid_output", "Not the schema.", retryable=False)

    executor = Scripted(act)
    workflow = await platform.submit(template({"id": "only"}))
    async with running(platform, executor):
        assert await platform.finished(workflow) == ["failed"]
    assert len(executor.runs) == 1
