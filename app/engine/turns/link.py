"""MCP connections to agents: one per endpoint, opened at first use, kept, and opened again when it ended."""

import asyncio
import logging
from types import TracebackType
from typing import Any, Final, Self

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import REQUEST_TIMEOUT, CallToolRequest, CallToolRequestParams, CallToolResult, TextContent
from pydantic import ValidationError

from app.engine.turns.transport import TOKEN, UNREACHABLE, AgentTransport
from contract.turn import TAKE_TURN, TurnRefusal, TurnRequest, TurnResponse

LOGGER = logging.getLogger(__name__)
PROTOCOL: Final = "2026-07-28"
"""Pinned: both ends are ours, so no connection spends a round trip on finding a version."""
CONNECT_SECONDS: Final = 5.0
CONNECTIONS: Final = 64


class AgentUnreachable(Exception):  # noqa: N818 - an outcome that callers name
    """No connection: the agent was not asked, so nothing was spent."""


class AgentLost(Exception):  # noqa: N818 - an outcome that callers name
    """The agent was asked and gave no answer that one can read; what it spent is not known."""


class AgentLinks:
    """Asks agents for turns. An async context manager, to be entered and left in one task."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._links: dict[str, _Link] = {}

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for link in self._links.values():
            link.close()
        await self._group.__aexit__(kind, error, trace)

    async def take_turn(self, url: str, turn: TurnRequest, token: str, seconds: float) -> TurnResponse | TurnRefusal:
        """One call of ``take_turn``. Raises :class:`AgentUnreachable`, :class:`AgentLost`, ``TimeoutError``."""
        async with asyncio.timeout(seconds):
            client = await self._client(url)
            mark = TOKEN.set(token)
            try:
                # Not `call_tool`: it may list the tools after the answer, and lose the answer where that fails.
                result = await client.session.send_request(_request(turn), CallToolResult, seconds)
            except MCPError as error:
                return _refused(error)
            except (RuntimeError, ValidationError) as error:
                raise AgentLost(f"the agent's answer cannot be read: {type(error).__name__}") from error
            finally:
                TOKEN.reset(mark)
        return _answer(result)

    async def _client(self, url: str) -> Client:
        link = self._links.get(url)
        if link is None or link.ended:
            link = self._links[url] = _Link(url)
            self._group.create_task(link.hold())
        return await link.client()


class _Link:
    """One connection, held open by a task of its own, since the SDK's scopes belong to the task that opens them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        self.ended = False

    async def hold(self) -> None:
        """Keep the connection until :meth:`close`."""
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=60)
        transport = AgentTransport(httpx2.AsyncHTTPTransport(limits=limits, trust_env=False))
        timeout = httpx2.Timeout(None, connect=CONNECT_SECONDS)
        try:
            async with (
                httpx2.AsyncClient(transport=transport, timeout=timeout, trust_env=False) as http,
                Client(streamable_http_client(self._url, http_client=http), mode=PROTOCOL, cache=None) as client,
            ):
                self._ready.set_result(client)
                await self._stop.wait()
        except Exception:
            LOGGER.exception("the connection to an agent ended", extra={"url": self._url})
        finally:
            self.ended = True
            if not self._ready.done():
                self._ready.cancel()

    async def client(self) -> Client:
        """The open connection."""
        try:
            return await asyncio.shield(self._ready)
        except asyncio.CancelledError:
            if self._ready.cancelled():
                raise AgentUnreachable("the connection could not be opened") from None
            raise

    def close(self) -> None:
        """End :meth:`hold`."""
        self._stop.set()


def _request(turn: TurnRequest) -> CallToolRequest:
    return CallToolRequest(
        params=CallToolRequestParams(name=TAKE_TURN, arguments={"turn": turn.model_dump(mode="json")})
    )


def _refused(error: MCPError) -> TurnRefusal:
    if error.code == REQUEST_TIMEOUT:
        raise TimeoutError
    try:
        return TurnRefusal.model_validate(error.data)
    except ValidationError:
        kind = AgentUnreachable if error.code == UNREACHABLE else AgentLost
        raise kind(error.message[:300]) from error


def _answer(result: CallToolResult) -> TurnResponse | TurnRefusal:
    content: Any = result.structured_content
    try:
        return TurnRefusal.model_validate(content) if result.is_error else TurnResponse.model_validate(content)
    except ValidationError as error:
        said = next((block.text for block in result.content if isinstance(block, TextContent)), "")
        raise AgentLost(f"the agent's answer has another shape: {said[:200]}") from error
