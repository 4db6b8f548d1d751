"""The agent's HTTP application: the MCP tool ``take_turn`` on /mcp, and /health, /ready, /metrics beside it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.agent.gate import BODY_BYTES, CLAIMS, HangUp, TokenGate
from app.agent.metrics import CONTENT_TYPE, AgentMetrics
from app.agent.rolefile import RoleFile
from app.agent.settings import AgentSettings
from app.agent.turns import Turns
from contract.token import TurnClaims
from contract.turn import TAKE_TURN, TurnRefusal, TurnRequest, TurnResponse, arguments_hash

TOOL: Final = types.Tool(
    name=TAKE_TURN,
    description="Take one model turn of a step under this agent's role. Only the orchestration engine may call it.",
    input_schema={
        "type": "object",
        "properties": {"turn": TurnRequest.model_json_schema()},
        "required": ["turn"],
        "additionalProperties": False,
    },
)


class AgentServer:
    """Builds the application around :class:`Turns`."""

    def __init__(self, settings: AgentSettings, role_file: RoleFile, turns: Turns, metrics: AgentMetrics) -> None:
        self._settings = settings
        self._role_file = role_file
        self._turns = turns
        self._metrics = metrics
        self.draining = False

    def application(self) -> Starlette:
        """A fresh application; its lifespan runs the MCP session manager."""
        manager = StreamableHTTPSessionManager(
            Server("mcp-agent", on_list_tools=self._list, on_call_tool=self._call, get_tool_input_schema=_no_schema),
            json_response=True,
            stateless=True,
            security_settings=TransportSecuritySettings(
                enable_dns_rebinding_protection=True,
                allowed_hosts=list(self._settings.allowed_hosts),
                allowed_origins=[],  # no browser has business here
            ),
            max_request_body_size=BODY_BYTES,
        )

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncGenerator[None]:
            async with manager.run():
                yield

        gated = TokenGate(HangUp(manager.handle_request), self._settings.verify_keys, self._settings.role_id)
        routes = [
            Route("/mcp", gated),
            Route("/health", self._health),
            Route("/ready", self._ready),
        ]
        if self._settings.monitoring:
            routes.append(Route("/metrics", self._exposition))
        return Starlette(routes=routes, lifespan=lifespan)

    async def _list(
        self, _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[TOOL], ttl_ms=3_600_000, cache_scope="private")

    async def _call(self, ctx: ServerRequestContext[Any], params: types.CallToolRequestParams) -> types.CallToolResult:
        answer = await self._take(ctx.request, params)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=_told(answer))],
            structured_content=answer.model_dump(mode="json"),
            is_error=isinstance(answer, TurnRefusal),
        )

    async def _take(self, request: object, params: types.CallToolRequestParams) -> TurnResponse | TurnRefusal:
        if params.name != TAKE_TURN:
            return TurnRefusal(code="internal", detail=f"there is no tool {params.name[:60]}")
        try:
            turn = TurnRequest.model_validate((params.arguments or {}).get("turn"))
        except ValidationError as error:
            return TurnRefusal(code="internal", detail=f"the argument is no turn: {error.error_count()} faults")
        claims = request.scope["state"].get(CLAIMS) if isinstance(request, Request) else None
        if not isinstance(claims, TurnClaims) or not authorises(claims, turn):
            return TurnRefusal(code="unauthorized", detail="the token was made for another turn")
        return await self._turns.take(turn)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "healthy", "role": self._settings.role_id})

    async def _ready(self, _: Request) -> Response:
        self._metrics.role_valid.set(0 if self._role_file.fault else 1)
        fault = self._role_file.fault
        detail = "draining" if self.draining else f"an older role is in use: {fault}" if fault else "ready"
        body = {
            "status": "draining" if self.draining else "ready",
            "detail": detail,
            "role": self._settings.role_id,
            "role_digest": self._role_file.held.digest,
        }
        return JSONResponse(body, status_code=503 if self.draining else 200)

    async def _exposition(self, _: Request) -> Response:
        self._metrics.role_valid.set(0 if self._role_file.fault else 1)
        return Response(self._metrics.exposition(), media_type=CONTENT_TYPE)


def authorises(claims: TurnClaims, turn: TurnRequest) -> bool:
    """Whether a token's claims are those of exactly this turn."""
    return (claims.sub, claims.step, claims.attempt, claims.args) == (
        turn.workflow,
        turn.step,
        turn.attempt,
        arguments_hash(turn),
    )


def _no_schema(_: str) -> None:
    """No argument travels in a header, so there is nothing to compare headers with."""


def _told(answer: TurnResponse | TurnRefusal) -> str:
    if isinstance(answer, TurnRefusal):
        return f"{answer.code}: {answer.detail}"
    if answer.output is not None:
        return json.dumps(answer.output, ensure_ascii=False)[:1000]
    return f"{len(answer.tool_calls)} tool calls"
