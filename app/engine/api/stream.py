"""One event stream: replay from a cursor, then live, without gap or duplicate, until the workflow is finished.

``seq`` is given under the workflow's row lock, so rows become visible in its order: reading on from the last seq
sent can neither miss nor repeat one, on any replica, whatever woke the reader.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.engine.api import reads
from app.engine.api.authentication import Principal, still_valid
from app.engine.api.feed import EventFeed, Watch
from app.engine.api.tenancy import tenant_transaction
from contract.api import FINISHED, HEARTBEAT, CloseCode, Event

if TYPE_CHECKING:
    from app.database import Pool

BATCH: Final = 100
HEARTBEAT_SECONDS: Final = 15.0
"""Well below the time after which proxies cut an idle connection; the key is looked up again with each heartbeat."""


@dataclass(frozen=True)
class Sources:
    """What a stream reads from. ``draining`` is set when the engine is to end."""

    pool: "Pool"
    feed: EventFeed
    draining: asyncio.Event


async def stream(socket: WebSocket, sources: Sources, caller: Principal, workflow_id: UUID, after: int) -> CloseCode:
    """Send everything after ``after`` on an accepted socket; returns why it ended.

    Raises ``WebSocketDisconnect`` where the client has gone.
    """
    with sources.feed.watch(workflow_id, after) as watch:
        gone = asyncio.create_task(_until_gone(socket))
        draining = asyncio.create_task(sources.draining.wait())
        try:
            return await _send_all(socket, sources, caller, watch, (gone, draining))
        except WebSocketDisconnect:  # whoever reads knows why
            await asyncio.wait((gone,), timeout=1)
            raise WebSocketDisconnect(gone.result() if gone.done() else CloseCode.ENGINE_FAILED) from None
        finally:
            for task in (gone, draining):
                task.cancel()
            await asyncio.wait((gone, draining))


async def _send_all(
    socket: WebSocket,
    sources: Sources,
    caller: Principal,
    watch: Watch,
    ends: tuple[asyncio.Task[int], asyncio.Task[bool]],
) -> CloseCode:
    gone, draining = ends
    while True:
        watch.news.clear()
        finished, batch = await _read(sources.pool, caller.tenant, watch)
        for event in batch:
            await socket.send_text(event.model_dump_json())
            watch.seen = event.seq
        if gone.done():
            raise WebSocketDisconnect
        if draining.done():
            return CloseCode.RESTARTING
        if len(batch) == BATCH:
            continue
        if finished:
            return CloseCode.FINISHED
        news = asyncio.create_task(watch.news.wait())
        try:
            done, _ = await asyncio.wait(
                (news, gone, draining), timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            news.cancel()
        if not done:
            if not await still_valid(sources.pool, caller):
                return CloseCode.UNAUTHORIZED
            await socket.send_text(json.dumps({"type": HEARTBEAT, "seq": watch.seen}))


async def _read(pool: "Pool", tenant: str, watch: Watch) -> tuple[bool, list[Event]]:
    """Whether the workflow was finished before the events were read, and the next events."""
    async with tenant_transaction(pool, tenant) as connection:
        status: str = await connection.fetchval("select status from workflow where id = $1", watch.workflow_id)
        return status in FINISHED, await reads.events(connection, watch.workflow_id, watch.seen, BATCH)


async def _until_gone(socket: WebSocket) -> int:
    """Read and ignore what the client says until it leaves; returns the close code."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return message["code"]
