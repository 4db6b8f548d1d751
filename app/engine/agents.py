"""Whether each role's agent answers: its ``/ready``, probed when asked, at most once in a few seconds."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, cast
from urllib.parse import urlsplit, urlunsplit

import httpx

from contract.api import AgentHealth

PROBE_SECONDS: Final = 1.5
FRESH_SECONDS: Final = 3.0


class AgentProbes:
    """Probes agents' endpoints; concurrent askers share one probe."""

    def __init__(self, endpoints: Callable[[], Mapping[str, str]], client: httpx.AsyncClient) -> None:
        """``endpoints``: role id -> URL of its MCP endpoint, beside which ``/ready`` is served."""
        self._endpoints = endpoints
        self._client = client
        self._seen: dict[str, AgentHealth] = {}
        self._at = -FRESH_SECONDS
        self._lock = asyncio.Lock()

    async def look(self) -> Mapping[str, AgentHealth]:
        """Health by role id, at most :data:`FRESH_SECONDS` old; roles without an endpoint are absent."""
        async with self._lock:
            if time.monotonic() - self._at >= FRESH_SECONDS:
                urls = {role: _ready_url(url) for role, url in self._endpoints().items()}
                answers = await asyncio.gather(*(self._probe(url) for url in urls.values()))
                self._seen = dict(zip(urls, answers, strict=True))
                self._at = time.monotonic()
            return self._seen

    async def _probe(self, url: str) -> AgentHealth:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                answer = await self._client.get(url)
        except TimeoutError:
            return _health(ready=False, detail=f"did not answer within {PROBE_SECONDS} s")
        except httpx.HTTPError as error:
            return _health(ready=False, detail=f"unreachable: {type(error).__name__}")
        return _health(ready=answer.status_code == 200, detail=_told(answer))


def _ready_url(endpoint: str) -> str:
    return urlunsplit((*urlsplit(endpoint)[:2], "/ready", "", ""))


def _told(answer: httpx.Response) -> str:
    """What the agent says of itself in ``detail``."""
    try:
        body: object = json.loads(answer.content)
    except ValueError:
        body = None
    said = str(cast("dict[str, object]", body).get("detail", "")) if isinstance(body, dict) else ""
    if answer.status_code == 200:
        return said[:200] or "ready"
    return f"not ready ({answer.status_code}) {said[:200]}".rstrip()


def _health(*, ready: bool, detail: str) -> AgentHealth:
    return AgentHealth(ready=ready, detail=detail, checked_at=datetime.now(UTC))
