"""Agents are probed beside their endpoint, within a time, and not more often than said."""

import asyncio

import httpx
import pytest

from app.engine import agents
from app.engine.agents import AgentProbes

pytestmark = pytest.mark.anyio
ENDPOINTS = {name: f"http://{name}:3001/mcp" for name in ("well", "ill", "gone", "slow")}


async def answer(request):
    """Four agents, each in its own state."""
    assert request.url.path == "/ready"
    match request.url.host:
        case "well":
            return httpx.Response(200, json={"ready": True})
        case "ill":
            return httpx.Response(503, json={"detail": "draining"})
        case "gone":
            raise httpx.ConnectError("refused")
        case _:
            return await asyncio.sleep(60)


async def test_each_agent_is_told_as_it_is_and_asked_once(monkeypatch):
    monkeypatch.setattr(agents, "PROBE_SECONDS", 0.05)
    asked = []

    async def counted(request):
        asked.append(request.url.host)
        return await answer(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(counted)) as client:
        probes = AgentProbes(lambda: ENDPOINTS, client)
        health, again = await asyncio.gather(probes.look(), probes.look())
    assert health == again
    assert sorted(asked) == sorted(ENDPOINTS)
    assert {name: (seen.ready, seen.detail) for name, seen in health.items()} == {
        "well": (True, "ready"),
        "ill": (False, "not ready (503) draining"),
        "gone": (False, "unreachable: ConnectError"),
        "slow": (False, "did not answer within 0.05 s"),
    }
