"""Recorded exactly once: by whoever holds the step, whatever becomes of the commit's answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.database import Connection, Pool, session, transaction
from app.engine.durable import recorder as recorder_module
from app.engine.durable.admission import admit
from app.engine.durable.claim import Key, Room, claim
from app.engine.durable.plan import Settlement
from app.engine.durable.ports import Completed, Journal, StepOutcome, StepRun
from app.engine.durable.recorder import Recorder
from app.engine.durable.settle import settle
from tests.app.engine.durable.harness import FAST, Platform, Scripted, chain, running, template

pytestmark = [pytest.mark.servers, pytest.mark.anyio]

JOIN = template(*({"id": f"s{n}"} for n in range(4)), {"id": "join", "needs": [f"s{n}" for n in range(4)]})


async def _claimed(platform: Platform) -> tuple[UUID, list[Key]]:
    owner = uuid4()
    await platform.admin.execute("insert into replica (id) values ($1)", owner)
    async with transaction(platform.admin, 5) as connection:
        await admit(connection, 100)
    async with session(platform.admin, 5) as connection:
        return owner, await claim(connection, owner, 60, Room(1000, {"developer": 1000}, {}, 1000))


def _recorder(platform: Platform) -> Recorder:
    return Recorder(platform.admin, FAST, lambda: 0.0, lambda: None)


async def test_a_join_gets_all_its_needs_from_one_batch(platform: Platform) -> None:
    workflow = await platform.submit(JOIN)
    owner, keys = await _claimed(platform)
    batch = [Settlement(key, owner, Completed({})) for key in keys]
    assert await _recorder(platform).record(batch) == set(keys)
    join = await platform.step(workflow, "join")
    assert (join["status"], join["waiting"]) == ("ready", 0)


async def test_a_join_gets_all_its_needs_from_concurrent_batches(platform: Platform) -> None:
    workflows = [await platform.submit(JOIN) for _ in range(5)]
    owner, keys = await _claimed(platform)
    shuffled = [sorted(keys, key=lambda key: (hash((key.step, n)), key.workflow)) for n in range(4)]
    parts = [[key for key in part if key.step == f"s{n}"] for n, part in enumerate(shuffled)]
    recorder = _recorder(platform)
    batches = [[Settlement(key, owner, Completed({})) for key in part] for part in parts]
    await asyncio.wait_for(asyncio.gather(*map(recorder.record, batches)), 20)
    for workflow in workflows:
        assert (await platform.step(workflow, "join"))["status"] == "ready"
        await platform.events(workflow)


@pytest.mark.parametrize("change", ["fence", "owner", "status"])
async def test_who_lost_a_step_cannot_record_it(platform: Platform, change: str) -> None:
    workflow = await platform.submit(chain(2))
    owner, [key] = await _claimed(platform)
    settlement = Settlement(key, owner, Completed({"late": True}))
    match change:
        case "fence":
            settlement = replace(settlement, key=replace(key, fence=key.fence - 1))
        case "owner":
            settlement = replace(settlement, owner=uuid4())
        case _:
            await platform.admin.execute("update step set status = 'ready', owner = null, run_at = now()")
    before = await platform.events(workflow)
    assert await _recorder(platform).record([settlement]) == set()
    assert (await platform.step(workflow, "s0"))["output"] is None
    assert (await platform.step(workflow, "s1"))["waiting"] == 1
    assert await platform.events(workflow) == before


async def test_recording_twice_records_once(platform: Platform) -> None:
    workflow = await platform.submit(JOIN)
    owner, keys = await _claimed(platform)
    batch = [Settlement(keys[0], owner, Completed({}))]
    recorder = _recorder(platform)
    assert await recorder.record(batch * 2) == {keys[0]}
    assert await recorder.record(batch) == set()
    assert (await platform.step(workflow, "join"))["waiting"] == 3


async def test_a_lost_answer_is_read_again_and_not_assumed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = await platform.submit(JOIN)
    owner, keys = await _claimed(platform)
    lost: list[str] = []

    @asynccontextmanager
    async def losing(pool: Pool, deadline: float) -> AsyncIterator[Connection]:
        if not lost:  # the connection ends before the commit
            lost.append("before")
            raise ConnectionResetError
        async with transaction(pool, deadline) as connection:
            yield connection
        if len(lost) == 1:  # and once more after it
            lost.append("after")
            raise ConnectionResetError

    monkeypatch.setattr(recorder_module, "transaction", losing)
    stale = replace(keys[1], fence=99)
    batch = [Settlement(keys[0], owner, Completed({})), Settlement(stale, owner, Completed({}))]
    assert await _recorder(platform).record(batch) == {keys[0]}, "written by the second try, known by the third"
    assert lost == ["before", "after"]
    assert (await platform.step(workflow, "join"))["waiting"] == 3
    kinds = [kind for kind, _ in await platform.events(workflow)]
    assert kinds.count("step.completed") == 1


async def test_what_cannot_be_stored_fails_alone(platform: Platform) -> None:
    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        together.append(run.step)
        if len(together) == 9:
            everybody.set()
        await everybody.wait()  # one batch of all of them
        return Completed({"text": "nul \x00" if run.workflow == poisoned else "fine"})

    together: list[str] = []
    everybody = asyncio.Event()
    poisoned = await platform.submit(template({"id": "only"}))
    others = [await platform.submit(template({"id": "only"})) for _ in range(8)]
    async with running(platform, Scripted(act)):
        assert await platform.finished(poisoned, *others) == ["failed"] + ["completed"] * 8
    error = (await platform.step(poisoned, "only"))["error"]
    assert error["code"] == "unrecordable" and "nul" not in error["detail"]


async def test_batches_that_share_workflows_in_any_order_do_not_deadlock(platform: Platform) -> None:
    wide = template(*({"id": f"s{n:02}"} for n in range(20)), {"id": "end", "needs": [f"s{n:02}" for n in range(20)]})
    workflows = [await platform.submit(wide) for _ in range(6)]
    owner, keys = await _claimed(platform)
    recorder = _recorder(platform)
    parts = [[key for key in keys if int(key.step[1:]) % 5 == n] for n in range(5)]
    batches = [
        [Settlement(key, owner, Completed({})) for key in (part if n % 2 else reversed(part))]
        for n, part in enumerate(parts)
    ]
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    before = await platform.admin.fetchval(deadlocks)
    recorded = await asyncio.wait_for(asyncio.gather(*map(recorder.record, batches)), 20)
    assert sum(map(len, recorded)) == len(keys) == 120
    assert await platform.admin.fetchval(deadlocks) == before
    for workflow in workflows:
        assert (await platform.step(workflow, "end"))["status"] == "ready"


async def test_two_steps_that_write_one_path_in_one_batch_make_two_versions(platform: Platform) -> None:
    await platform.submit(template({"id": "left"}, {"id": "right"}))
    owner, keys = await _claimed(platform)
    await platform.admin.execute(
        "insert into artifact"
        " (workflow_id, path, version, step_id, iteration, tenant, media_type, size, sha256, content,"
        " committed) select workflow_id, 'same.txt', 0, id, 0, tenant, 'text/plain', 0, '', '', false from step"
    )
    async with transaction(platform.admin, 5) as connection:  # not the recorder, whose bisecting would mend it
        await settle(connection, [Settlement(key, owner, Completed({})) for key in keys], lambda _: 0.0)
    written = "select array_agg(version order by version) from artifact where committed"
    assert await platform.admin.fetchval(written) == [1, 2]
