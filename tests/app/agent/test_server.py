"""A real agent on loopback, spoken to over HTTP and by the SDK's own client."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from app.agent.gate import BODY_BYTES
from app.engine.turns.link import AgentLinks, AgentLost
from app.engine.turns.tokens import VALID_SECONDS, TokenMint
from contract.turn import TurnRefusal, TurnRequest, TurnResponse
from tests.agents.agents import RunningAgent, running_agent
from tests.agents.turns import turn

KEY = Ed25519PrivateKey.generate()
MINT = TokenMint(lambda: KEY)
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture(scope="module")
def agent() -> Iterator[RunningAgent]:
    with running_agent("developer", KEY) as running:
        yield running


def call(asked: TurnRequest, token: str | None, **headers: str) -> dict[str, Any]:
    arguments = {"turn": asked.model_dump(mode="json")}
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "take_turn", "arguments": arguments, "_meta": META},
    }
    sent = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "take_turn",
    }
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    return {
        "content": json.dumps(body),
        "headers": sent | {key.replace("_", "-"): value for key, value in headers.items()},
    }


def test_a_turn_is_answered_over_plain_http(agent: RunningAgent) -> None:
    answer = httpx.post(agent.url, **call(turn(), MINT(turn())))
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["isError"] is False
    assert TurnResponse.model_validate(result["structuredContent"]).tool_calls[0].name == "list_artifacts"


@pytest.mark.parametrize(
    "token",
    [
        None,
        "nonsense",
        TokenMint(Ed25519PrivateKey.generate)(turn()),
        TokenMint(lambda: KEY)(turn("qa_tester")),
        TokenMint(lambda: KEY, clock=lambda: 1.0)(turn()),
    ],
    ids=["none", "nonsense", "other key", "other audience", "expired"],
)
def test_without_a_token_for_this_role_nothing_is_answered(agent: RunningAgent, token: str | None) -> None:
    answer = httpx.post(agent.url, **call(turn(), token))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["data"]["code"] == "unauthorized"


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "Something else."},
        {"inputs": {}},
        {"attempt": 2},
        {"step": "other"},
        {"workflow": "00000000-0000-4000-8000-000000000002"},
        {"number": 2},
        {"max_output_tokens": 64_000},
    ],
)
def test_a_token_authorises_exactly_one_turn(agent: RunningAgent, changes: dict[str, Any]) -> None:
    answer = httpx.post(agent.url, **call(turn(**changes), MINT(turn())))
    refusal = TurnRefusal.model_validate(answer.json()["result"]["structuredContent"])
    assert refusal.code == "unauthorized"
    assert answer.json()["result"]["isError"] is True


def test_a_token_outlives_its_connection_only_briefly() -> None:
    assert VALID_SECONDS <= 60


def test_a_foreign_host_or_origin_is_refused(agent: RunningAgent) -> None:
    token = MINT(turn())
    assert httpx.post(agent.url, **call(turn(), token, host="evil.example:3001")).status_code == 421
    assert httpx.post(agent.url, **call(turn(), token, origin="http://evil.example")).status_code == 403
    own = "developer-service.mcp-agents.svc.cluster.local:3001"
    assert httpx.post(agent.url, **call(turn(), token, host=own)).status_code == 200


def test_a_body_that_is_too_large_is_refused(agent: RunningAgent) -> None:
    sent = call(turn(), MINT(turn()))
    answer = httpx.post(agent.url, content=b"x" * (BODY_BYTES + 1), headers=sent["headers"])
    assert answer.status_code == 413


def test_a_header_that_belies_the_body_is_refused(agent: RunningAgent) -> None:
    answer = httpx.post(agent.url, **call(turn(), MINT(turn()), mcp_name="other"))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020


def test_health_readiness_and_metrics_are_open(agent: RunningAgent) -> None:
    assert "healthy" in httpx.get(f"{agent.base}/health").text
    ready = httpx.get(f"{agent.base}/ready")
    assert (ready.status_code, ready.json()["detail"]) == (200, "ready")
    assert ready.json()["role_digest"] == agent.role_file.held.digest
    assert "llm_requests_total" in httpx.get(f"{agent.base}/metrics").text


def test_an_older_role_in_use_shows_in_readiness_and_metrics(agent: RunningAgent) -> None:
    agent.role_file.fault = "roles/developer.yaml: limits.turns: too few"
    try:
        ready = httpx.get(f"{agent.base}/ready")
        assert ready.status_code == 200
        assert "an older role is in use" in ready.json()["detail"]
        assert "agent_role_valid 0.0" in httpx.get(f"{agent.base}/metrics").text
    finally:
        agent.role_file.fault = None


@pytest.mark.anyio
async def test_calls_at_once_each_carry_their_own_token(agent: RunningAgent) -> None:
    async with AgentLinks() as links:
        asked = [turn(step=f"s{n}") for n in range(4)]
        answers = await asyncio.gather(*(links.take_turn(agent.url, one, MINT(one), 10) for one in asked))
    assert [type(answer) for answer in answers] == [TurnResponse] * 4
    assert len({answer.tool_calls[0].id for answer in answers if isinstance(answer, TurnResponse)}) == 4


@pytest.mark.anyio
async def test_the_client_sees_refusals_as_refusals(agent: RunningAgent) -> None:
    async with AgentLinks() as links:
        swapped = await links.take_turn(agent.url, turn(step="x"), MINT(turn()), 10)
        without = await links.take_turn(agent.url, turn(), "", 10)
        changed = await links.take_turn(agent.url, stale := turn(role_digest="0"), MINT(stale), 10)
        assert [answer.code for answer in (swapped, without, changed) if isinstance(answer, TurnRefusal)] == [
            "unauthorized",
            "unauthorized",
            "role_changed",
        ]
        with pytest.raises(AgentLost):
            await links.take_turn(f"{agent.base}/nowhere", turn(), MINT(turn()), 10)
        assert isinstance(await links.take_turn(agent.url, turn(), MINT(turn()), 10), TurnResponse)


@pytest.mark.anyio
async def test_inputs_arrive_as_they_were_hashed(agent: RunningAgent) -> None:
    odd = {
        "workflow": {"nothing": None, "list": [None, 1.0, 1e300, -0.0], "text": "\u2028 é 🙂", "": {}, "deep": [[{}]]}
    }
    async with AgentLinks() as links:
        asked = turn(inputs=odd, feedback={"gone": None})
        assert isinstance(await links.take_turn(agent.url, asked, MINT(asked), 10), TurnResponse)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_clients_of_either_era_see_the_one_tool(agent: RunningAgent, mode: str) -> None:
    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {MINT(turn())}"}) as http,
        Client(streamable_http_client(agent.url, http_client=http), mode=mode) as client,
    ):
        tools = await client.list_tools()
        answer = await client.call_tool("take_turn", {"turn": turn().model_dump(mode="json")})
        unknown = await client.call_tool("run_shell", {})
    assert [tool.name for tool in tools.tools] == ["take_turn"]
    assert TurnResponse.model_validate(answer.structured_content).tool_calls
    assert unknown.is_error
