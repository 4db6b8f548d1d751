"""The application of port 8001: event streams over WebSocket."""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.engine.api.authentication import Principal, bearer, identify
from app.engine.api.problem import ApiError
from app.engine.api.stream import Sources, stream
from app.engine.api.tenancy import tenant_transaction
from app.engine.api.tickets import redeem
from app.engine.metrics import EngineMetrics
from contract.api import CloseCode, ErrorCode

LOGGER = logging.getLogger(__name__)
MAX_STREAMS: Final = 1000
"""Streams of one replica; the autoscaler adds replicas at 100."""
_PATH = re.compile(r"/ws/v1/workflows/(?P<id>[0-9a-fA-F-]{36})/events")
_REASONS: Final[Mapping[CloseCode, str]] = {
    CloseCode.FINISHED: "the workflow is finished",
    CloseCode.RESTARTING: "this engine restarts; come back with your last seq",
    CloseCode.UNAUTHORIZED: "the token is no longer valid",
}


class EventStreams:
    """Plain ASGI: handshake checks first, each refused with a problem document, then the stream."""

    def __init__(self, sources: Sources, metrics: EngineMetrics, origins: frozenset[str]) -> None:
        self._sources = sources
        self._metrics = metrics
        self._origins = origins
        self._open = 0
        self._none_open = asyncio.Event()
        self._none_open.set()

    async def all_left(self) -> None:
        """Return once no stream is open."""
        await self._none_open.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise ApiError.not_found(f"resource at {scope['path']}: this port speaks WebSocket")
        socket = WebSocket(scope, receive, send)
        self._check_origin(socket.headers.get("origin"))
        workflow_id = _workflow(scope["path"])
        caller = await self._caller(socket, workflow_id)
        caller.require("read")
        after = await self._cursor(socket.query_params, caller, workflow_id)
        if self._sources.draining.is_set() or self._open >= MAX_STREAMS:
            raise ApiError.unavailable("This engine takes no further event stream; ask again.", retry_after=2)
        await self._serve(socket, caller, workflow_id, after)

    async def _serve(self, socket: WebSocket, caller: Principal, workflow_id: UUID, after: int) -> None:
        self._count(+1)
        reason = "failed"
        try:
            await socket.accept()
            code = await stream(socket, self._sources, caller, workflow_id, after)
            reason = code.name.lower()
            await socket.close(code, _REASONS[code])
        except WebSocketDisconnect as left:
            reason = "slow_reader" if left.code == CloseCode.SLOW_READER else "client_left"
        finally:
            self._count(-1)
            self._metrics.websocket_closed.labels(reason).inc()
            LOGGER.info("event stream ended", extra={"workflow": str(workflow_id), "reason": reason})

    def _count(self, change: int) -> None:
        self._open += change
        self._metrics.websocket_connections.set(self._open)
        if self._open:
            self._none_open.clear()
        else:
            self._none_open.set()

    def _check_origin(self, origin: str | None) -> None:
        """A browser always says its origin; other clients say none and are let through."""
        if origin is not None and origin.lower() not in self._origins:
            raise ApiError(ErrorCode.ORIGIN_NOT_ALLOWED, "Pages of this origin may not open event streams.")

    async def _caller(self, socket: WebSocket, workflow_id: UUID) -> Principal:
        header = socket.headers.get("authorization")
        ticket = socket.query_params.get("ticket")
        if header is None and ticket is not None:
            return await redeem(self._sources.pool, ticket, workflow_id)
        return await identify(self._sources.pool, bearer(header))

    async def _cursor(self, query: QueryParams, caller: Principal, workflow_id: UUID) -> int:
        text = query.get("after", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ApiError(ErrorCode.INVALID_CURSOR, "`after` must be a seq: a whole number from 0.")
        async with tenant_transaction(self._sources.pool, caller.tenant) as connection:
            newest: int | None = await connection.fetchval("select seq from workflow where id = $1", workflow_id)
        if newest is None:
            raise ApiError.not_found(f"workflow {workflow_id}")
        if int(text) > newest:
            raise ApiError(ErrorCode.INVALID_CURSOR, f"`after` is {text}, but the newest event is {newest}.")
        return int(text)


def _workflow(path: str) -> UUID:
    found = _PATH.fullmatch(path)
    try:
        return UUID(found["id"] if found else "")
    except ValueError:
        raise ApiError.not_found(f"event stream at {path}") from None
