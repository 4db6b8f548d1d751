"""Submitting once and cancelling for good."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from app.engine.durable.ports import Completed, Journal, StepOutcome, StepRun
from app.engine.durable.store import IdempotencyInProgressError, IdempotencyKeyReusedError, UnknownWorkflowError
from tests.app.engine.durable.harness import TENANT, Platform, Scripted, chain, running

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


async def test_the_same_key_gives_the_stored_answer_and_one_workflow(platform: Platform) -> None:
    first = await platform.submitted(chain(2), key="k", who="Ada")
    again = await platform.submitted(chain(2), key="k", who="Ada")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.workflow == first.workflow
    assert await platform.admin.fetchval("select count(*) from workflow") == 1


async def test_the_same_key_for_another_body_is_refused(platform: Platform) -> None:
    await platform.submitted(chain(2), key="k", who="Ada")
    with pytest.raises(IdempotencyKeyReusedError):
        await platform.submitted(chain(2), key="k", who="Grace")


async def test_keys_belong_to_tenants(platform: Platform) -> None:
    one = await platform.submitted(chain(1), key="k", tenant="left", who="Ada")
    other = await platform.submitted(chain(1), key="k", tenant="right", who="Grace")
    assert one.workflow.id != other.workflow.id


async def test_concurrent_requests_with_one_key_make_one_workflow_and_never_wait(platform: Platform) -> None:
    answers = await asyncio.gather(*(platform.submitted(chain(2), key="k") for _ in range(8)), return_exceptions=True)
    stored = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert {answer.workflow.id for answer in stored} == {stored[0].workflow.id}
    assert all(isinstance(answer, IdempotencyInProgressError) for answer in answers if answer not in stored)
    assert await platform.admin.fetchval("select count(*) from workflow") == 1


async def test_a_submission_is_stored_whole_or_not_at_all(platform: Platform) -> None:
    with pytest.raises(asyncpg.DataError):
        await platform.submitted(chain(2), key="k", text="nul \x00")
    for table in ("workflow", "step", "event", "audit", "idempotency"):
        assert await platform.admin.fetchval(f"select count(*) from {table}") == 0  # noqa: S608
    assert not (await platform.submitted(chain(2), key="k", text="fine")).replayed


async def test_cancelling_stops_running_steps_which_can_record_nothing_more(platform: Platform) -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            return Completed({"too": "late"})
        raise AssertionError

    workflow = await platform.submit(chain(3))
    async with running(platform, Scripted(act)):
        await asyncio.wait_for(began.wait(), 10)
        done = await platform.store.cancel(tenant=TENANT, workflow_id=workflow, actor="tester")
        await asyncio.wait_for(cancelled.wait(), 10)
    assert (done.status, done.changed) == ("cancelled", True)
    rows = await platform.admin.fetch("select status, output from step where workflow_id = $1", workflow)
    assert {(row["status"], row["output"]) for row in rows} == {("cancelled", None)}
    assert (await platform.events(workflow))[-1] == ("workflow.cancelled", None)


async def test_cancelling_again_changes_nothing_and_a_finished_workflow_stays_finished(platform: Platform) -> None:
    workflow, done = await platform.submit(chain(1)), await platform.submit(chain(1))
    store = platform.store
    await store.cancel(tenant=TENANT, workflow_id=workflow, actor="tester")
    again = await store.cancel(tenant=TENANT, workflow_id=workflow, actor="tester")
    assert (again.status, again.changed) == ("cancelled", False)
    async with running(platform, Scripted()):
        await platform.finished(done)
    late = await store.cancel(tenant=TENANT, workflow_id=done, actor="tester")
    assert (late.status, late.changed) == ("completed", False)


async def test_another_tenants_workflow_is_unknown(platform: Platform) -> None:
    workflow = await platform.submit(chain(1), tenant="left")
    for stranger, wanted in (("right", workflow), ("left", uuid4())):
        with pytest.raises(UnknownWorkflowError):
            await platform.store.cancel(tenant=stranger, workflow_id=wanted, actor="tester")
