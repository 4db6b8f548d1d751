"""The outermost layer of both ports: request id, body limit, one log line a request, and no error without a problem.

Plain ASGI, so that it also sees what the framework answers by itself.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.engine.api.failures import as_api_error
from app.engine.api.problem import ApiError
from app.logging import request_fields
from contract.api import MAX_BODY_BYTES, REQUEST_ID, ErrorCode

LOGGER = logging.getLogger("app.engine.api")
QUIET: Final = frozenset({"/health", "/ready", "/metrics"})
"""Probed every few seconds: logged only when they fail, and never counted: a standby that is not ready is no error."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Edge:
    """Wraps an ASGI application; requests' ``scope["state"]["request_id"]`` is set inside."""

    def __init__(self, app: ASGIApp, observe: Callable[[str, int], None]) -> None:
        """``observe`` is told method and status of each HTTP request."""
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        headers = Headers(scope=scope)
        request_id = headers.get(REQUEST_ID, "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        fields = {"request_id": request_id}
        if trace := _TRACEPARENT.fullmatch(headers.get("traceparent", "")):
            fields["trace_id"] = trace["trace"]
        with request_fields(**fields):
            if scope["type"] == "http":
                await self._http(scope, receive, send, request_id)
            else:
                await self._websocket(scope, receive, send, request_id)

    async def _http(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            if int(Headers(scope=scope).get("content-length", "0")) > MAX_BODY_BYTES:
                await refuse_http(ApiError.body_too_large(), request_id, answer)
            else:
                await self._app(scope, _limited(receive), answer)
        except Exception as error:
            told = as_api_error(error, scope["method"], scope["path"])
            _log_failure(told, error, scope)
            if not status:
                await refuse_http(told, request_id, answer)
        finally:
            if scope["path"] not in QUIET:
                self._observe(scope["method"], status)
            if status >= 400 or scope["path"] not in QUIET:
                seconds = round(time.perf_counter() - started, 4)
                extra = {"method": scope["method"], "path": scope["path"], "status": status, "seconds": seconds}
                LOGGER.info("request", extra=extra)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        opened = False

        async def answer(message: Message) -> None:
            nonlocal opened
            opened = opened or message["type"] in ("websocket.accept", "websocket.http.response.start")
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except WebSocketDisconnect:
            return
        except Exception as error:
            told = as_api_error(error, "GET", scope["path"])
            _log_failure(told, error, scope)
            if opened:
                code = 1013 if told.code is ErrorCode.UNAVAILABLE else 1011
                await answer({"type": "websocket.close", "code": code, "reason": told.code})
            else:
                LOGGER.info("websocket refused", extra={"path": scope["path"], "status": told.status})
                await refuse_websocket(told, request_id, answer)


def _log_failure(told: ApiError, error: BaseException, scope: Scope) -> None:
    if told.code is ErrorCode.INTERNAL:
        LOGGER.error("request failed", exc_info=error, extra={"path": scope["path"]})
    elif told is not error and told.code is ErrorCode.UNAVAILABLE:
        LOGGER.warning("database does not answer: %s", type(error).__name__, extra={"path": scope["path"]})


def _limited(receive: Receive) -> Receive:
    """``receive`` that raises once more bytes came than the limit, whatever Content-Length said."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise ApiError.body_too_large()
        return message

    return counted


async def refuse_http(error: ApiError, request_id: str, send: Send) -> None:
    """Answer with ``error``'s problem document."""
    body = error.body(request_id)
    headers = [(key.lower().encode(), value.encode()) for key, value in error.all_headers().items()]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse_websocket(error: ApiError, request_id: str, send: Send) -> None:
    """Refuse the handshake with ``error``'s problem document as an HTTP answer."""
    body = error.body(request_id)
    headers = [(key.lower().encode(), value.encode()) for key, value in error.all_headers().items()]
    headers.append((REQUEST_ID.lower().encode(), request_id.encode()))
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
