"""Lets a request through to the API only with a token, the right scope and an allowance left.

It stands before routing: an unknown path without a token is 401, so that nothing about the API can be probed.
"""

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.engine.api.authentication import bearer, identify
from app.engine.api.ratelimit import Limiter
from contract.api import API_PREFIX

if TYPE_CHECKING:
    from app.database import Pool

OPEN: Final = frozenset({"/health", "/ready", "/metrics"})
"""Cluster-internal: the ingress does not route them to the outside, except ``/ready`` for health checks."""
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
READING_POSTS: Final = frozenset({f"{API_PREFIX}/tickets"})
"""A ticket lets its holder read, no more."""


class Gate:
    """Sets ``scope["state"]["principal"]`` for the application behind it. WebSocket handshakes check for themselves."""

    def __init__(self, app: ASGIApp, pool: "Pool", limiter: Limiter) -> None:
        self._app = app
        self._pool = pool
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN:
            principal = await identify(self._pool, bearer(Headers(scope=scope).get("authorization")))
            await self._limiter.admit(principal.key)
            reads = scope["method"] in READING or scope["path"] in READING_POSTS
            principal.require("read" if reads else "write")
            scope["state"]["principal"] = principal
        await self._app(scope, receive, send)
