"""What stands before the MCP endpoint: the engine's token, the body's size, and an end when the caller hangs up."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.token import TokenError, TurnClaims, verify
from contract.turn import TurnRefusal

BODY_BYTES: Final = 4 * 1024 * 1024
CLAIMS: Final = "turn_claims"
UNAUTHORIZED: Final = -32003
"""JSON-RPC code of a refused token; its data is a :class:`TurnRefusal`."""


class TokenGate:
    """Lets only calls through that carry a token for this role; the claims go into ``scope["state"]``.

    ``keys`` gives the engine's public keys as they are now.
    """

    def __init__(self, app: ASGIApp, keys: Callable[[], Sequence[Ed25519PublicKey]], role_id: str) -> None:
        self._app = app
        self._keys = keys
        self._role_id = role_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise TokenError("no bearer token")
            claims: TurnClaims = verify(token.strip(), self._keys(), self._role_id)
        except TokenError as error:
            await _unauthorized(str(error))(scope, receive, send)
            return
        scope.setdefault("state", {})[CLAIMS] = claims
        await self._app(scope, receive, send)


def _unauthorized(reason: str) -> Response:
    refusal = TurnRefusal(code="unauthorized", detail=reason)
    error = {"code": UNAUTHORIZED, "message": reason, "data": refusal.model_dump(mode="json")}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error})
    headers = {"WWW-Authenticate": "Bearer"}
    return Response(body, status_code=401, media_type="application/json", headers=headers)


class HangUp:
    """Cancels the work when the caller closes the connection: nobody pays for an answer that nobody waits for.

    The SDK's JSON mode does not watch for that. The body is read first, so that the only message left is the end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        body = await _whole_body(receive)
        if body is None:
            await Response("Request body too large", status_code=413)(scope, receive, send)
            return
        work = asyncio.ensure_future(self._app(scope, _replay(body, receive), send))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)


async def _whole_body(receive: Receive) -> bytes | None:
    """The body, or None where it is larger than allowed."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    first: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
