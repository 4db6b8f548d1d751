"""The client against a real engine; where the engine must misbehave, against a transport that does."""

import asyncio
import json

import httpx
import pytest

from client.errors import RefusedError, UnreachableError
from client.platform import PlatformClient
from contract.api import SubmitWorkflow
from tests.app.engine.api.harness import DEADLINE, emit, insert_workflow, running, settings_for, worker
from tests.servers.session import free_port

pytestmark = pytest.mark.anyio
REQUEST = SubmitWorkflow(template="software-delivery", input={"brief": "a clock"}, title="Clock")


async def test_every_operation_round_trips(client):
    made = await client.submit(REQUEST)
    async with asyncio.timeout(DEADLINE), client.watch(made.id) as events:
        told = [event async for event in events]
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert told[-1].type == "workflow.completed"
    found = await client.workflow(made.id)
    assert (found.status, found.title, found.input) == ("completed", "Clock", {"brief": "a clock"})
    assert [step.status for step in (await client.steps(made.id)).items] == ["completed"] * 4
    paths = [artifact.path for artifact in (await client.artifacts(made.id)).items]
    assert "docs/requirements.md" in paths
    assert b"a clock" in await client.artifact(made.id, "docs/requirements.md")
    assert (await client.events(made.id, after=2, limit=1)).items[0].seq == 3
    assert [workflow.id for workflow in (await client.workflows(status="completed")).items] == [made.id]
    assert len((await client.roles()).items) == 4
    assert [template.name for template in (await client.templates()).items] == ["software-delivery"]
    assert (await client.ticket(made.id)).ticket
    assert (await client.summary()).workflows == {"completed": 1}
    assert (await client.readiness()).ready


async def test_a_repeated_submission_starts_one_workflow(client):
    first, second = await client.submit(REQUEST, key="same"), await client.submit(REQUEST, key="same")
    assert first.id == second.id


async def test_a_refusal_carries_the_problem(client):
    with pytest.raises(RefusedError, match="no template 'odd'") as error:
        await client.submit(SubmitWorkflow(template="odd"))
    assert (error.value.problem.code, error.value.problem.status) == ("unknown_template", 422)
    made = await client.submit(REQUEST)
    async with asyncio.timeout(DEADLINE), client.watch(made.id) as events:
        assert [event async for event in events]
    with pytest.raises(RefusedError) as error:
        await client.cancel(made.id)
    assert error.value.problem.code == "already_finished"


async def test_watching_what_one_may_not_see_is_refused(engine, client):
    unknown = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(RefusedError, match="no workflow"):
        async with client.watch(unknown) as events:
            await anext(events)
    async with PlatformClient(engine.url, "wrong", ws_url=engine.ws_url) as stranger:
        with pytest.raises(RefusedError, match="unauthorized"):
            async with stranger.watch(unknown) as events:
                await anext(events)


async def test_a_watch_outlives_its_engine(database):
    """The engine ends in mid-stream; another one takes its ports; the watcher sees each event once."""
    async with worker(database) as rows:
        async with running(settings_for(database)) as first:
            workflow = await insert_workflow(rows)
            await emit(rows, workflow, count=3)
            addresses = first.addresses
            client = PlatformClient(first.url, first.settings.bootstrap_tokens()[0].token, ws_url=first.ws_url)
            watch = client.watch(workflow)
            events = await watch.__aenter__()
            seen = [(await anext(events)).seq for _ in range(3)]
        await emit(rows, workflow, count=3)
        again = settings_for(database, http_port=addresses.http_port, websocket_port=addresses.websocket_port)
        async with asyncio.timeout(DEADLINE), running(again):
            await emit(rows, workflow, "workflow.completed")
            seen += [event.seq async for event in events]
        await watch.__aexit__(None, None, None)
        await client.__aexit__(None, None, None)
    assert seen == list(range(1, 8))


async def test_an_engine_that_is_not_there_is_unreachable():
    port = free_port()
    async with PlatformClient(f"http://127.0.0.1:{port}", "t", ws_url=f"ws://127.0.0.1:{port}", attempts=1) as client:
        for call in (client.readiness(), client.roles(), client.submit(REQUEST)):
            with pytest.raises(UnreachableError, match="does not answer"):
                await call
        with pytest.raises(UnreachableError):
            async with client.watch(REQUEST.template, patience=0) as events:
                await anext(events)


async def test_a_busy_engine_is_asked_again_under_the_same_key():
    keys = []

    def answer(request):
        keys.append(request.headers["idempotency-key"])
        if len(keys) < 3:
            problem = {"type": "t", "title": "", "status": 503, "detail": "d", "code": "unavailable", "request_id": "r"}
            return httpx.Response(503, content=json.dumps(problem))
        raise httpx.ConnectError("gone")

    async with PlatformClient("http://x", "t", transport=httpx.MockTransport(answer), attempts=3) as client:
        with pytest.raises(UnreachableError, match="gone"):
            await client.submit(REQUEST)
    assert len(keys) == 3
    assert len(set(keys)) == 1


@pytest.mark.parametrize("content", [b"<html>gateway</html>", b'{"odd": true}'])
async def test_an_answer_that_is_none_of_ours_is_told_as_such(content):
    for status, kind in ((502, RefusedError), (200, UnreachableError)):
        transport = httpx.MockTransport(lambda _, status=status: httpx.Response(status, content=content))
        async with PlatformClient("http://x", "t", transport=transport, attempts=1) as client:
            with pytest.raises(kind):
                await client.roles()
