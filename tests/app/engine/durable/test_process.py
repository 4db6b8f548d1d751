"""``kill -9`` in the middle of workflows: a second process finishes them."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.app.engine.durable.harness import DEADLINE, Platform, chain

pytestmark = [pytest.mark.servers, pytest.mark.anyio]

ROOT = Path(__file__).parents[4]


async def _replica(platform: Platform) -> asyncio.subprocess.Process:
    module = "tests.app.engine.durable.process"
    return await asyncio.create_subprocess_exec(sys.executable, "-m", module, platform.database.worker_url, cwd=ROOT)


async def test_what_a_killed_process_ran_is_finished_by_another(platform: Platform) -> None:
    workflows = [await platform.submit(chain(3)) for _ in range(6)]
    first = await _replica(platform)
    second: asyncio.subprocess.Process | None = None
    try:
        await platform.until("select count(*) >= 6 from turn")
        await platform.until("select count(*) > 0 from step where status = 'running'")
        first.kill()
        await asyncio.wait_for(first.wait(), DEADLINE)
        assert await platform.admin.fetchval("select count(*) from workflow where status = 'completed'") == 0
        assert await platform.admin.fetchval("select count(*) from step where status = 'running'") > 0
        second = await _replica(platform)
        assert set(await platform.finished(*workflows)) == {"completed"}
    finally:
        for process in (first, second):
            if process is not None and process.returncode is None:
                process.kill()
                await asyncio.wait_for(process.wait(), DEADLINE)
    twice = "select count(*) from (select from event where type = 'step.completed' group by workflow_id, step_id"
    assert await platform.admin.fetchval(f"{twice} having count(*) > 1) as t") == 0
    assert await platform.admin.fetchval("select count(*) from turn") == 6 * 3 * 3, "no recorded turn was taken again"
    attempts = await platform.admin.fetchrow("select max(attempt) as attempt, max(takeovers) as takeovers from step")
    assert attempts is not None
    assert (attempts["attempt"], attempts["takeovers"]) == (1, 1)
