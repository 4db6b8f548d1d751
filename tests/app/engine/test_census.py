"""The seed's workflow metrics count each workflow of the region once, over all replicas."""

from uuid import uuid4

import pytest

from app.database import create_pool
from app.engine import census
from app.engine.census import Census
from app.engine.metrics import EngineMetrics
from tests.app.engine.api.harness import emit, insert_workflow, worker

pytestmark = pytest.mark.anyio


class Replica:
    """One replica's census."""

    def __init__(self, pool):
        self.id = uuid4()
        self.metrics = EngineMetrics()
        self.census = Census(pool, self.metrics, lambda: self.id)

    def figures(self):
        """Completed so far, and active."""
        sample = self.metrics.registry.get_sample_value
        completed = sample("workflow_executions_total", {"status": "completed"})
        return completed, sample("workflow_executions_active")

    def waiting(self, role):
        """Ready steps of a role."""
        return self.metrics.registry.get_sample_value("steps_ready", {"agent_role": role})


async def test_each_workflow_is_counted_once_by_the_oldest_living_replica(database, monkeypatch):
    monkeypatch.setattr(census, "SETTLE_SECONDS", 0)
    pool = await create_pool(database.worker_url, low=1, high=2)
    first, second = Replica(pool), Replica(pool)
    async with worker(database) as rows:
        for age, replica in ((2, first), (1, second)):
            insert = "insert into replica (id, started_at) values ($1, now() - make_interval(secs => $2))"
            await rows.execute(insert, replica.id, float(age))

        async def round_of_both():
            await first.census.count()
            await second.census.count()
            return first.figures(), second.figures()

        early, running, done = [await insert_workflow(rows) for _ in range(3)]
        await emit(rows, early, "workflow.completed")
        assert await round_of_both() == ((0, 0), (0, 0))
        await rows.execute("update workflow set status = 'running', slot = true where id = $1", running)
        await emit(rows, done, "workflow.completed")
        assert await round_of_both() == ((1, 1), (0, 0))
        assert await round_of_both() == ((1, 1), (0, 0))
        await rows.execute("update replica set heartbeat_at = now() - interval '1 minute' where id = $1", first.id)
        await emit(rows, await insert_workflow(rows), "workflow.completed")
        assert await round_of_both() == ((1, 0), (1, 1))
    pool.terminate()


async def test_steps_that_wait_for_an_agent_are_told_by_role_and_fall_back_to_zero(database):
    pool = await create_pool(database.worker_url, low=1, high=2)
    replica = Replica(pool)
    step = """
        insert into step (workflow_id, id, tenant, role, task, status, waiting, needs, successors, max_attempts, run_at)
        values ($1, $2, 'default', $3, 't', 'ready', 0, '{}', '{}', 3, now() + make_interval(secs => $4))
    """
    async with worker(database) as rows:
        await rows.execute("insert into replica (id) values ($1)", replica.id)
        admitted = await insert_workflow(rows, status="running", slot=True)
        queued = await insert_workflow(rows)
        await rows.execute(step, admitted, "now", "developer", 0.0)
        await rows.execute(step, admitted, "backing-off", "developer", 600.0)
        await rows.execute(step, queued, "not-admitted", "developer", 0.0)
        await replica.census.count()
        assert replica.waiting("developer") == 1
        await rows.execute("update step set status = 'completed' where workflow_id = $1 and id = 'now'", admitted)
        await replica.census.count()
        assert replica.waiting("developer") == 0
    pool.terminate()
