"""HTTP to the agents: the token of each call, and failures as answers.

The SDK runs each request in a task of its connection, and an exception there ends the connection with every other
request on it. So a failed request is turned into an answer that only its own caller sees. The task runs in the
caller's context, which is how a call's token reaches its request.
"""

import json
from contextvars import ContextVar
from typing import Final

import httpx2

TOKEN: ContextVar[str] = ContextVar("turn_token")
UNREACHABLE: Final = -32004
"""JSON-RPC code of an agent that could not be asked."""
LOST: Final = -32005
"""JSON-RPC code of an agent that was asked and gave no answer."""
ANSWER_BYTES: Final = 32 * 1024 * 1024


class AgentTransport(httpx2.AsyncBaseTransport):
    """Wraps the real transport; reads each answer whole, up to :data:`ANSWER_BYTES`."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send ``request`` with the caller's token. Transport errors become 503 with a JSON-RPC error."""
        if token := TOKEN.get(""):
            request.headers["authorization"] = f"Bearer {token}"
        try:
            response = await self._inner.handle_async_request(request)
            try:
                body = await _whole(response)
            finally:
                await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return _instead(request, UNREACHABLE, f"cannot be reached: {type(error).__name__}")
        except (httpx2.TransportError, OSError) as error:
            return _instead(request, LOST, f"broke off: {type(error).__name__}")
        if body is None:
            return _instead(request, LOST, f"answered more than {ANSWER_BYTES} bytes")
        if response.status_code >= 400 and not _is_json(response):
            return _instead(request, LOST, f"answered HTTP {response.status_code}")
        return httpx2.Response(response.status_code, headers=_kept(response), content=body, request=request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


async def _whole(response: httpx2.Response) -> bytes | None:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > ANSWER_BYTES:
            return None
    return bytes(body)


def _is_json(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").lower().startswith("application/json")


def _kept(response: httpx2.Response) -> dict[str, str]:
    return {name: response.headers[name] for name in ("content-type", "location") if name in response.headers}


def _instead(request: httpx2.Request, code: int, reason: str) -> httpx2.Response:
    error = {"code": code, "message": f"the agent {reason}"}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    return httpx2.Response(503, headers={"content-type": "application/json"}, content=body, request=request)
