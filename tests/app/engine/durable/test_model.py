"""Rule 8: random graphs under two replicas that keep being killed come to what the simple model says."""

import asyncio
import os
from random import Random
from uuid import UUID

import pytest

from contract.workflow import WorkflowTemplate
from tests.app.engine.durable.harness import TENANT, Platform, Replica, started
from tests.app.engine.durable.model import TURNS, Expected, Script, ScriptedExecutor, expected, random_template

pytestmark = [pytest.mark.servers, pytest.mark.anyio]

SEEDS = range(int(os.environ.get("DURABLE_MODEL_SEEDS", "4")))
WORKFLOWS = 12
LIMIT = 5
KILLS = 5


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_is_killed_workflows_end_as_the_model_says(platform: Platform, seed: int) -> None:
    dice = Random(seed)  # noqa: S311
    templates = {f"w{n}": random_template(dice) for n in range(WORKFLOWS)}
    scripts = {name: Script(dice.getrandbits(32)) for name in templates}
    executor = ScriptedExecutor(scripts, Random(seed + 1))  # noqa: S311
    replicas = [await started(platform, executor, workflows=LIMIT, slots=8) for _ in range(2)]
    watch = asyncio.create_task(_most_slots(platform))
    try:
        workflows: dict[str, UUID] = {}
        for n, (name, template) in enumerate(templates.items()):
            workflows[name] = await platform.submit(template, tenant=f"t{n % 3}", name=name)
        stopped = dice.sample(sorted(workflows), 2)
        for n in range(KILLS):
            await asyncio.sleep(dice.uniform(0.05, 0.4))  # chaos needs its moments: no event to wait for
            victim = dice.randrange(2)
            await replicas[victim].kill()
            replicas[victim] = await started(platform, executor, workflows=LIMIT, slots=8)
            if n < len(stopped):
                tenant = f"t{int(stopped[n][1:]) % 3}"
                await platform.store.cancel(tenant=tenant, workflow_id=workflows[stopped[n]], actor="tester")
        statuses = await platform.finished(*workflows.values())
        for replica in replicas:
            await replica.stop()
    finally:
        await _end(replicas)
        watch.cancel()
    assert await watch <= LIMIT
    for (name, workflow), status in zip(workflows.items(), statuses, strict=True):
        model = expected(templates[name], scripts[name], {"name": name})
        if status == "cancelled":
            assert name in stopped
        else:
            assert status == ("failed" if model.failing else "completed"), name
        await _check(platform, workflow, status, templates[name], model)


async def _end(replicas: list[Replica]) -> None:
    for replica in replicas:
        await replica.kill()


async def _most_slots(platform: Platform) -> int:
    most = 0
    try:
        while True:
            most = max(most, await platform.admin.fetchval("select count(*) from workflow where slot"))
            await asyncio.sleep(0.005)
    except asyncio.CancelledError:
        return most


async def _check(platform: Platform, workflow: UUID, status: str, template: WorkflowTemplate, model: Expected) -> None:
    await platform.events(workflow)  # gapless
    rows = await platform.admin.fetch("select * from step where workflow_id = $1", workflow)
    for row in rows:
        if row["status"] == "completed":
            assert row["output"] == model.outputs[row["id"], row["iteration"]], row["id"]
        assert row["attempt"] <= row["max_attempts"]
        assert row["owner"] is None
    if status == "completed":
        assert {row["id"]: row["iteration"] for row in rows} == model.iterations
        assert {row["status"] for row in rows} == {"completed"}
        assert {row["waiting"] for row in rows} == {0}
    if status == "failed":
        failed = {row["id"] for row in rows if row["status"] == "failed"}
        assert len(failed) == 1
        assert failed <= model.failing
    once = await platform.admin.fetch(
        "select step_id, data->'iteration' as iteration, count(*) as n from event"
        " where workflow_id = $1 and type in ('step.completed', 'step.sent_back') group by 1, 2",
        workflow,
    )
    assert {row["n"] for row in once} <= {1}, "an outcome was recorded twice"
    for row in once:
        assert (row["step_id"], row["iteration"]) in model.outputs
    turns = await platform.admin.fetch(
        "select step_id, iteration, array_agg(number order by number) as numbers from turn where workflow_id = $1"
        " group by 1, 2",
        workflow,
    )
    recorded = {(row["step_id"], row["iteration"]): row["numbers"] for row in turns}
    for row in once:
        assert recorded[row["step_id"], row["iteration"]] == list(range(1, TURNS + 1))
    versions = await platform.admin.fetch(
        "select path, array_agg(version order by version) as versions, array_agg(convert_from(content, 'UTF8')"
        " order by version) as contents from artifact where workflow_id = $1 and committed group by path",
        workflow,
    )
    for row in versions:
        step = row["path"].removesuffix(".txt")
        assert row["versions"] == list(range(1, len(row["versions"]) + 1))
        assert row["contents"] == [f"{step} {n} {TURNS}" for n in range(len(row["contents"]))]
    assert await platform.admin.fetchval("select count(*) from workflow where slot") == 0
    assert TENANT not in {row["tenant"] for row in rows}
    assert len(rows) == len(template.steps)
