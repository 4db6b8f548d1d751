"""Who is alive may work; who is not is taken over, not too early, and notices it himself."""

import asyncio
from time import monotonic
from uuid import UUID, uuid4

import pytest

from app.engine.durable.ports import Completed, Journal, StepOutcome, StepRun
from app.engine.durable.timings import Timings
from tests.app.engine.durable.harness import DEADLINE, FAST, Platform, Replica, Scripted, chain, running, started

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


class Stuck(Scripted):
    """Runs that never end by themselves."""

    def __init__(self) -> None:
        began, cancelled = asyncio.Event(), asyncio.Event()

        async def hang(run: StepRun, journal: Journal) -> StepOutcome:
            began.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise
            raise AssertionError

        super().__init__(hang)
        self.began, self.cancelled = began, cancelled


_SILENT_SECONDS = "select extract(epoch from clock_timestamp() - heartbeat_at) from replica where id = $1"


async def test_another_replica_finishes_what_a_killed_one_began_and_spends_no_attempt(platform: Platform) -> None:
    stuck, second = Stuck(), Scripted()
    workflow = await platform.submit(chain(2))
    dead = await started(platform, stuck)
    await asyncio.wait_for(stuck.began.wait(), DEADLINE)
    async with running(platform, second) as alive:
        await _ready_to_take_over(alive)
        await dead.kill()
        silent = await platform.admin.fetchval(_SILENT_SECONDS, dead.core._liveness.id)
        killed_at = monotonic()
        assert await platform.finished(workflow) == ["completed"]
        # On a busy machine the last heartbeat may be older than one heartbeat: what counts is when it was written.
        already = FAST.lease if silent is None else float(silent)  # forgotten: its lease was over before it was killed
        assert already + monotonic() - killed_at >= FAST.lease, "not before the lease was over"
        await platform.until("select count(*) from replica", expected=1)
    assert [(run.step, run.attempt) for run in second.runs] == [("s0", 1), ("s1", 1)]


async def test_nobody_takes_over_before_being_connected_for_a_lease(platform: Platform) -> None:
    workflow = await platform.submit(chain(1))
    stuck = Stuck()
    dead = await started(platform, stuck)
    await asyncio.wait_for(stuck.began.wait(), DEADLINE)
    await dead.kill()
    await platform.admin.execute("update replica set heartbeat_at = now() - interval '1 hour'")
    began_at = monotonic()
    async with running(platform, Scripted()):
        assert await platform.finished(workflow) == ["completed"]
    assert monotonic() - began_at >= FAST.lease


async def test_after_an_outage_the_first_one_back_does_not_take_over_the_living(platform: Platform) -> None:
    """All heartbeats are old then; each replica needs a lease's time to show that it lives."""
    stuck = Stuck()
    await platform.submit(chain(1))
    async with running(platform, Scripted(), roles={}) as other:
        owner = await started(platform, stuck)
        await asyncio.wait_for(stuck.began.wait(), DEADLINE)
        await _ready_to_take_over(other)
        await platform.admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'worker'")
        await platform.admin.execute("update replica set heartbeat_at = now() - interval '0.5 s'")
        assert await _stays(platform, "select status = 'running' from step", 2 * FAST.lease)
        await owner.kill()


async def _ready_to_take_over(replica: Replica) -> None:
    async with asyncio.timeout(DEADLINE):
        while not replica.core._liveness.may_take_over:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _stays(platform: Platform, query: str, seconds: float) -> bool:
    until = monotonic() + seconds
    while monotonic() < until:
        if not await platform.admin.fetchval(query):
            return False
        await asyncio.sleep(0.02)
    return True


async def test_who_cannot_write_his_heartbeat_stops_claiming_and_abandons_his_runs(platform: Platform) -> None:
    stuck = Stuck()
    await platform.submit(chain(1))
    async with running(platform, stuck) as replica:
        await asyncio.wait_for(stuck.began.wait(), DEADLINE)
        first = replica.core.replica
        async with platform.admin.acquire() as blocker, blocker.transaction():
            await blocker.execute("lock table replica")  # no heartbeat gets through
            await asyncio.wait_for(stuck.cancelled.wait(), DEADLINE)
            assert not replica.core.alive
            waiting = await platform.submit(chain(1))
            assert await _stays(platform, "select count(*) = 1 from step where fence > 0", 0.3)
        stuck.act = None
        assert await platform.finished(waiting) == ["completed"]
        assert replica.core.replica != first, "it goes on under another identity"
        await platform.until("select count(*) from step where status = 'completed'", expected=2)


async def test_a_recorder_that_cannot_write_ends_the_heartbeat(platform: Platform) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        began.set()
        await go.wait()
        return Completed({})

    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(act)) as replica:
        await asyncio.wait_for(began.wait(), DEADLINE)
        async with platform.admin.acquire() as blocker, blocker.transaction():
            await blocker.execute("select from workflow for update")
            go.set()
            async with asyncio.timeout(DEADLINE):
                while replica.core.alive:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        assert await platform.finished(workflow) == ["completed"]


async def test_a_dead_recorder_takes_the_core_down(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.engine.durable.recorder.settle", broken)
    await platform.submit(chain(1))
    replica = await started(platform, Scripted())
    try:
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(replica.task, DEADLINE)
        assert caught.group_contains(ZeroDivisionError)
    finally:
        await replica.kill()


async def test_a_claim_whose_answer_was_lost_is_found_and_run(platform: Platform) -> None:
    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(), roles={}) as replica:
        await platform.until("select slot from workflow")
        await platform.admin.execute(
            "update step set status = 'running', owner = $1, fence = 1, attempt = 1", replica.core.replica
        )
        assert await platform.finished(workflow) == ["completed"]


async def test_a_step_whose_owner_is_unknown_is_taken_over(platform: Platform) -> None:
    """A claim that was still on its way when its replica's row was deleted."""
    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(), roles={}):
        await platform.until("select slot from workflow")
        stranger: UUID = uuid4()
        await platform.admin.execute("update step set status = 'running', owner = $1, fence = 1", stranger)
        await platform.until("select status = 'ready' from step where workflow_id = $1", workflow)


async def test_a_step_that_kills_its_replicas_fails_in_the_end(platform: Platform) -> None:
    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(), roles={}):
        await platform.until("select slot from workflow")
        await platform.admin.execute(
            "update step set status = 'running', owner = $1, fence = 1, takeovers = 10", uuid4()
        )
        assert await platform.finished(workflow) == ["failed"]
    assert (await platform.step(workflow, "s0"))["error"]["code"] == "replica_lost"


async def test_stopping_lets_runs_finish_and_puts_back_the_rest_unspent(platform: Platform) -> None:
    began: list[str] = []
    both, go = asyncio.Event(), asyncio.Event()

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        began.append(run.step)
        if len(began) == 2:
            both.set()
        await (go.wait() if run.workflow == quick else asyncio.Event().wait())
        return Completed({})

    quick, slow = [await platform.submit(chain(1)) for _ in range(2)]
    replica = await started(platform, Scripted(act))
    await asyncio.wait_for(both.wait(), DEADLINE)
    replica.core.stop()
    late = await platform.submit(chain(1))
    go.set()
    await replica.stop()
    assert (await platform.step(quick, "s0"))["status"] == "completed"
    left = await platform.step(slow, "s0")
    assert (left["status"], left["attempt"], left["takeovers"]) == ("ready", 1, 0)
    assert (await platform.step(late, "s0"))["status"] == "blocked"
    assert await platform.admin.fetchval("select count(*) from replica") == 0


@pytest.mark.parametrize("wrong", [{"heartbeat": 3.0}, {"call": 6.0}, {"poll": 0.0}, {"retry_cap": 0.5}])
def test_timings_that_contradict_one_another_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="timings contradict one another"):
        Timings(**wrong)
