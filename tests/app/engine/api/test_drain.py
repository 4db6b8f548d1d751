"""Told to end, an engine finishes what it has in hand, takes nothing new, and goes within its deadline."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from app.engine.core import core_around
from app.engine.durable.ports import Completed
from app.engine.durable.timings import Timings
from tests.app.engine.api.harness import DEADLINE, running, settings_for, worker

pytestmark = pytest.mark.anyio
TEMPLATE = {"name": "two", "steps": [{"id": "one", "role": "developer", "task": "x"}]}
TEMPLATE["steps"].append({"id": "two", "role": "developer", "task": "x", "needs": ["one"]})


class Held:
    """A step that lasts until it is released."""

    def __init__(self):
        self.started = asyncio.Event()
        self.released = asyncio.Event()

    async def run(self, *_):
        self.started.set()
        await self.released.wait()
        return Completed({})

    @asynccontextmanager
    async def core(self, foundation):
        """A real core around it."""
        timings = Timings(drain=foundation.settings.agent_timeout, heartbeat=0.2, lease=1.0, call=0.9)
        yield core_around(foundation, self, lambda: {"developer": 1}, timings)


async def submitted(engine):
    """A workflow of two steps."""
    async with engine.http() as http:
        answer = await http.post("/api/v1/workflows", json={"template": TEMPLATE}, headers={"Idempotency-Key": "k"})
        return answer.json()["id"]


async def test_the_step_in_hand_is_recorded_and_the_next_one_not_begun(database):
    step = Held()
    async with asyncio.timeout(DEADLINE), running(settings_for(database), step.core) as engine:
        workflow = await submitted(engine)
        await step.started.wait()
        engine.stop.set()
        async with engine.http() as http:
            while (ready := await http.get("/ready")).status_code == 200:  # noqa: ASYNC110 - another side's state
                await asyncio.sleep(0.01)
            assert ready.json()["checks"]["serving"].startswith("draining")
            assert (await http.get(f"/api/v1/workflows/{workflow}")).status_code == 200  # still answers
        step.released.set()
        await asyncio.shield(engine.task)
    async with worker(database) as rows:
        found = dict(await rows.fetch("select id, status from step"))
    assert found == {"one": "completed", "two": "ready"}


async def test_a_step_that_will_not_end_is_put_back_and_the_engine_goes(database):
    step = Held()
    async with running(settings_for(database, agent_timeout=0.2), step.core) as engine:
        await submitted(engine)
        await step.started.wait()
        engine.stop.set()
        await asyncio.wait_for(asyncio.shield(engine.task), DEADLINE)
    async with worker(database) as rows:
        assert dict(await rows.fetch("select id, status from step")) == {"one": "ready", "two": "blocked"}
        assert await rows.fetchval("select count(*) from replica") == 0
