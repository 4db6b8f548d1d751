"""Event streams: replay, then live; no gap and no duplicate, over reconnects and replicas; bounded in every way."""

import asyncio
import contextlib
import json
import random
import socket

import asyncpg
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.engine.api import feed, sockets, stream
from contract.api import EVENTS_PATH
from tests.app.engine.api.harness import DEADLINE, TOKEN, emit, insert_key, insert_workflow, running, settings_for

pytestmark = pytest.mark.anyio


def opened(engine, workflow, after=0, token=TOKEN, **options):
    """A connection to the workflow's event stream."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    query = f"?after={after}" + options.pop("query", "")
    url = engine.ws_url + EVENTS_PATH.format(workflow_id=workflow) + query
    headers |= options.pop("headers", {})
    options.setdefault("compression", None)
    return connect(url, additional_headers=headers, proxy=None, open_timeout=DEADLINE, **options)


async def received(connection):
    """Seqs until the stream ends, and the close that ended it."""
    seqs = []
    try:
        async with asyncio.timeout(DEADLINE):
            while True:
                message = json.loads(await connection.recv())
                if message["type"] != "heartbeat":
                    seqs.append(message["seq"])
    except ConnectionClosed as closed:
        return seqs, closed.rcvd.code, closed.rcvd.reason


async def refused(engine, workflow, **options):
    """Status and code of a refused handshake."""
    with pytest.raises(InvalidStatus) as error:
        async with opened(engine, workflow, **options):
            pass
    answer = error.value.response
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, json.loads(answer.body)["code"]


async def test_a_stream_replays_then_follows_then_ends_with_the_workflow(engine, rows):
    workflow = await insert_workflow(rows)
    await emit(rows, workflow, count=250)
    async with opened(engine, workflow) as connection:
        first = [json.loads(await connection.recv()) for _ in range(250)]
        assert [event["seq"] for event in first] == list(range(1, 251))
        await emit(rows, workflow, count=3)
        await emit(rows, workflow, "workflow.completed")
        assert await received(connection) == ([251, 252, 253, 254], 1000, "the workflow is finished")


async def test_a_stream_of_a_finished_workflow_ends_at_once(engine, rows):
    workflow = await insert_workflow(rows)
    await emit(rows, workflow, "workflow.failed")
    async with opened(engine, workflow, after=1) as connection:
        assert await received(connection) == ([], 1000, "the workflow is finished")


async def test_no_gap_and_no_duplicate_over_reconnects_between_two_engines(database, rows, monkeypatch):
    """A reader that is cut off at random, and comes back to either engine, sees each event once, in order."""
    monkeypatch.setattr(feed, "ROUND_SECONDS", 0.05)
    total, dice = 200, random.Random(7)  # noqa: S311 - not for secrets
    async with running(settings_for(database)) as one, running(settings_for(database)) as two:
        workflow = await insert_workflow(rows)

        async def write():
            written = 0
            while written < total:
                count = min(dice.randint(1, 7), total - written)
                await emit(rows, workflow, count=count)
                written += count
                await asyncio.sleep(dice.random() * 0.01)
            await emit(rows, workflow, "workflow.completed")

        async def read():
            seen = []
            while True:
                patience = dice.randint(1, 40)
                with contextlib.suppress(ConnectionClosed):
                    async with opened(dice.choice((one, two)), workflow, seen[-1] if seen else 0) as connection:
                        while patience:
                            seen.append(json.loads(await connection.recv())["seq"])
                            patience -= 1
                            if seen[-1] == total + 1:
                                return seen
                        connection.transport.abort()

        async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as tasks:
            tasks.create_task(write())
            readers = [tasks.create_task(read()) for _ in range(3)]
        assert [reader.result() for reader in readers] == [list(range(1, total + 2))] * 3


async def test_an_idle_stream_beats_and_ends_when_its_key_is_revoked(engine, rows, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    key = await insert_key(rows, "acme", "token-of-acme", "read")
    workflow = await insert_workflow(rows, "acme")
    async with opened(engine, workflow, token="token-of-acme") as connection:
        assert json.loads(await connection.recv()) == {"type": "heartbeat", "seq": 0}
        await rows.execute("update api_key set revoked_at = now() where id = $1", key)
        _, code, reason = await received(connection)
        assert (code, reason) == (4401, "the token is no longer valid")


async def test_a_handshake_that_may_not_be_is_refused_with_a_problem(engine, rows):
    workflow = await insert_workflow(rows)
    theirs = await insert_workflow(rows, "acme")
    assert await refused(engine, workflow, token=None) == (401, "unauthorized")
    assert await refused(engine, workflow, token="wrong") == (401, "unauthorized")
    assert await refused(engine, theirs) == (404, "not_found")
    assert await refused(engine, "odd") == (404, "not_found")
    assert await refused(engine, workflow, after="-1") == (422, "invalid_cursor")
    assert await refused(engine, workflow, after=1) == (422, "invalid_cursor")
    evil = {"Origin": "https://evil.example.com"}
    assert await refused(engine, workflow, headers=evil) == (403, "origin_not_allowed")


async def test_an_allowed_origin_may_stream(engine, rows):
    workflow = await insert_workflow(rows)
    await emit(rows, workflow, "workflow.completed")
    async with opened(engine, workflow, headers={"Origin": "https://Console.example.com"}) as connection:
        assert (await received(connection))[0] == [1]


async def test_a_ticket_opens_one_stream_of_its_workflow(engine, http, rows, database):
    workflow, other = await insert_workflow(rows), await insert_workflow(rows)
    await emit(rows, workflow, "workflow.completed")

    async def ticket(**body):
        answer = await http.post("/api/v1/tickets", json=body)
        assert answer.status_code == 201
        return "&ticket=" + answer.json()["ticket"]

    bound = await ticket(workflow_id=str(workflow))
    assert await refused(engine, other, token=None, query=bound) == (401, "unauthorized")
    async with opened(engine, workflow, token=None, query=bound) as connection:
        assert (await received(connection))[0] == [1]
    assert await refused(engine, workflow, token=None, query=bound) == (401, "unauthorized")
    free = await ticket()
    async with opened(engine, workflow, token=None, query=free) as connection:
        assert (await received(connection))[0] == [1]
    old = await ticket()
    await owner(database, "update ticket set expires_at = now() - interval '1 second'")
    assert await refused(engine, workflow, token=None, query=old) == (401, "unauthorized")


async def test_a_slow_reader_is_closed_with_a_reason_and_misses_nothing(engine, rows, monkeypatch):
    monkeypatch.setattr(sockets, "STUCK_SECONDS", 0.3)
    workflow = await insert_workflow(rows)
    await emit(rows, workflow, count=400, text="x" * 50_000)
    async with opened(engine, workflow, max_queue=1, max_size=None) as connection:
        await until(engine, 'websocket_closed_total{reason="slow_reader"} 1.0')
        seqs, code, reason = await received(connection)
    assert 0 < len(seqs) < 400
    assert (code, reason) == (4408, "too slow a reader; come back with your last seq")
    assert seqs == list(range(1, len(seqs) + 1))


async def test_a_message_above_the_limit_ends_the_stream(engine, rows):
    workflow = await insert_workflow(rows)
    async with opened(engine, workflow) as connection:
        await connection.send("x" * 65537)
        assert (await received(connection))[1] == 1009


async def test_streams_are_counted_and_never_compressed(engine, rows):
    workflow = await insert_workflow(rows)
    async with opened(engine, workflow, compression="deflate") as connection:
        assert connection.protocol.extensions == []
        await until(engine, "websocket_connections 1.0")
    await until(engine, "websocket_connections 0.0")


async def test_a_drained_engine_sends_its_streams_away_and_ends(database, rows):
    workflow = await insert_workflow(rows)
    async with running(settings_for(database)) as engine, opened(engine, workflow) as connection:
        engine.stop.set()
        assert await received(connection) == ([], 1012, "this engine restarts; come back with your last seq")
        await asyncio.wait_for(asyncio.shield(engine.task), DEADLINE)
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", engine.addresses.http_port), 1):
        pass


async def owner(database, statement):
    """Execute as the schema's owner."""
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute(statement)
    await connection.close()


async def until(engine, line):
    """Return once ``/metrics`` holds ``line``."""
    async with asyncio.timeout(DEADLINE), httpx.AsyncClient(base_url=engine.url, trust_env=False) as client:
        while f"\n{line}\n" not in (await client.get("/metrics")).text:  # noqa: ASYNC110 - another side's state
            await asyncio.sleep(0.02)
