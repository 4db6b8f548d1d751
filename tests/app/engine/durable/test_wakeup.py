"""Work is found at once when somebody says so, and soon when nobody does."""

import asyncio
from dataclasses import replace
from time import monotonic

import pytest

from app.engine.durable.ports import Completed, Journal, Requeue, StepOutcome, StepRun
from app.engine.durable.wakeup import CHANNEL
from tests.app.engine.durable.harness import DEADLINE, FAST, Platform, Scripted, chain, running, template

pytestmark = [pytest.mark.servers, pytest.mark.anyio]

LAZY = replace(FAST, poll=3600.0)
LISTENING = "query like 'LISTEN%' and datname = current_database()"
"""Not those of other tests' engines on the same server."""


async def _idle(platform: Platform, listeners: int) -> None:
    await platform.until(f"select count(*) from pg_stat_activity where {LISTENING}", expected=listeners)  # noqa: S608 - ours


async def test_a_wake_runs_a_workflow_without_any_poll(platform: Platform) -> None:
    async with running(platform, Scripted(), timings=LAZY) as replica:
        await _idle(platform, 1)
        workflow = await platform.submit(chain(4))
        replica.core.wake()
        assert await platform.finished(workflow) == ["completed"]


async def test_another_replica_is_woken_by_the_notification(platform: Platform) -> None:
    async with (
        running(platform, Scripted(), timings=LAZY, roles={}) as submitter,
        running(platform, Scripted(), timings=LAZY),
    ):
        await _idle(platform, 2)
        workflow = await platform.submit(chain(2))
        submitter.core.wake()
        assert await platform.finished(workflow) == ["completed"]


async def test_polling_finds_what_nobody_announced(platform: Platform) -> None:
    async with running(platform, Scripted()):
        await _idle(platform, 1)
        workflow = await platform.submit(chain(1))
        assert await platform.finished(workflow) == ["completed"]


async def test_a_burst_of_commits_is_announced_few_times(platform: Platform) -> None:
    heard: list[str] = []
    listener = await platform.admin.acquire()
    await listener.add_listener(CHANNEL, lambda *arguments: heard.append(arguments[3]))
    slow = replace(FAST, coalesce=0.3)
    workflows = [await platform.submit(chain(4)) for _ in range(20)]
    began_at = monotonic()
    async with running(platform, Scripted(), timings=slow):
        await platform.finished(*workflows)
        took = monotonic() - began_at
    assert 1 <= len(heard) <= took / 0.3 + 2
    await listener.remove_listener(CHANNEL, lambda *_: None)
    listener.terminate()


async def test_a_lost_listener_listens_again_and_looks_at_once(platform: Platform) -> None:
    async with running(platform, Scripted(), timings=LAZY) as replica:
        await _idle(platform, 1)
        changed = asyncio.Event()
        replica.core.on_change(changed.set)
        await platform.admin.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {LISTENING}")  # noqa: S608
        await asyncio.wait_for(changed.wait(), DEADLINE)
        await platform.admin.execute("select pg_notify($1, 'somebody else')", CHANNEL)
        await _idle(platform, 1)
        workflow = await platform.submit(chain(1))
        await platform.admin.execute("select pg_notify($1, 'somebody else')", CHANNEL)
        assert await platform.finished(workflow) == ["completed"]


async def test_polling_finds_a_step_whose_delay_is_over_while_its_workflow_goes_on(platform: Platform) -> None:
    came_back = asyncio.Event()

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        if run.step == "slow":
            await came_back.wait()
            return Completed({})
        if executor.runs.count(run) == 1:
            return Requeue("capacity", 0.5)
        came_back.set()
        return Completed({})

    executor = Scripted(act)
    workflow = await platform.submit(template({"id": "slow"}, {"id": "later"}))
    async with running(platform, executor):
        assert await platform.finished(workflow) == ["completed"]
