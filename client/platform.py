"""The API's operations, each one method. Documents are those of :mod:`contract.api`."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from client.errors import RefusedError, UnreachableError
from client.events import watch
from contract.api import (
    API_PREFIX,
    IDEMPOTENCY_KEY,
    Artifacts,
    Event,
    EventPage,
    Problem,
    Readiness,
    RequestTicket,
    Roles,
    Steps,
    SubmitWorkflow,
    Summary,
    Templates,
    Ticket,
    Workflow,
    WorkflowDetail,
    WorkflowPage,
    WorkflowStatus,
)

REQUEST_SECONDS: Final = 15.0
ATTEMPTS: Final = 4
"""Tries of a request that may be repeated, with growing pauses, where no engine answered or it said 429 or 503."""
Answer = TypeVar("Answer", bound=BaseModel)


class PlatformClient:
    """One engine, or many behind one address. Use it as an async context manager."""

    def __init__(
        self,
        http_url: str,
        token: str,
        *,
        ws_url: str | None = None,
        attempts: int = ATTEMPTS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``ws_url`` is needed to watch events; ``token`` is an API key."""
        self._url = http_url.rstrip("/")
        self._ws_url = None if ws_url is None else ws_url.rstrip("/")
        self._token = token
        self._attempts = attempts
        self._http = httpx.AsyncClient(
            base_url=self._url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=REQUEST_SECONDS,
            transport=transport,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def submit(self, request: SubmitWorkflow, *, key: str | None = None) -> Workflow:
        """Submit a workflow. Repeats go under one ``key`` (a new one where None), so at most one workflow starts."""
        headers = {IDEMPOTENCY_KEY: key or uuid.uuid4().hex}
        body = request.model_dump(mode="json", exclude_none=True)
        return await self._ask(Workflow, "POST", "/workflows", json=body, headers=headers)

    async def workflows(
        self, *, limit: int = 50, cursor: str | None = None, status: WorkflowStatus | None = None
    ) -> WorkflowPage:
        """One page of workflows, newest first."""
        wanted = {"limit": str(limit), "cursor": cursor, "status": status}
        query = {name: value for name, value in wanted.items() if value is not None}
        return await self._ask(WorkflowPage, "GET", "/workflows", params=query)

    async def workflow(self, workflow_id: UUID) -> WorkflowDetail:
        """One workflow."""
        return await self._ask(WorkflowDetail, "GET", f"/workflows/{workflow_id}")

    async def steps(self, workflow_id: UUID) -> Steps:
        """Its steps."""
        return await self._ask(Steps, "GET", f"/workflows/{workflow_id}/steps")

    async def artifacts(self, workflow_id: UUID) -> Artifacts:
        """Its committed artifacts, without content."""
        return await self._ask(Artifacts, "GET", f"/workflows/{workflow_id}/artifacts")

    async def artifact(self, workflow_id: UUID, path: str) -> bytes:
        """An artifact's newest content."""
        return (await self._send("GET", f"/workflows/{workflow_id}/artifacts/{quote(path)}")).content

    async def events(self, workflow_id: UUID, *, after: int = 0, limit: int = 100) -> EventPage:
        """Events after a seq, for those who poll."""
        query = {"after": str(after), "limit": str(limit)}
        return await self._ask(EventPage, "GET", f"/workflows/{workflow_id}/events", params=query)

    async def cancel(self, workflow_id: UUID) -> WorkflowDetail:
        """Cancel it; raises :class:`RefusedError` ``already_finished`` where it has finished otherwise."""
        return await self._ask(WorkflowDetail, "POST", f"/workflows/{workflow_id}/cancel")

    async def roles(self) -> Roles:
        """Every role and its agent's health."""
        return await self._ask(Roles, "GET", "/roles")

    async def templates(self) -> Templates:
        """Every template."""
        return await self._ask(Templates, "GET", "/templates")

    async def summary(self) -> Summary:
        """The tenant's workflows counted by status."""
        return await self._ask(Summary, "GET", "/summary")

    async def ticket(self, workflow_id: UUID | None = None) -> Ticket:
        """A one-time WebSocket ticket."""
        body = RequestTicket(workflow_id=workflow_id).model_dump(mode="json", exclude_none=True)
        return await self._ask(Ticket, "POST", "/tickets", json=body)

    async def readiness(self) -> Readiness:
        """What ``/ready`` says, ready or not. Asks once."""
        try:
            answer = await self._http.get("/ready")
            return Readiness.model_validate_json(answer.content)
        except httpx.HTTPError as error:
            raise UnreachableError(self._url, type(error).__name__) from error
        except ValidationError as error:
            raise UnreachableError(self._url, "what answers there is no engine") from error

    @asynccontextmanager
    async def watch(
        self, workflow_id: UUID, *, after: int = 0, patience: float = 60.0
    ) -> AsyncGenerator[AsyncGenerator[Event]]:
        """Its events after seq ``after``, each once and in order, until it is finished.

        A broken connection is taken up again from the last seq; after ``patience`` seconds without an engine
        :class:`UnreachableError` is raised. Use: ``async with client.watch(id) as events: async for event in events``.
        """
        if self._ws_url is None:
            raise ValueError("ws_url was not given to PlatformClient")
        events = watch(self._ws_url, self._token, workflow_id, after, patience)
        try:
            yield events
        finally:
            await events.aclose()

    async def _ask(self, model: type[Answer], method: str, path: str, **rest: Any) -> Answer:
        answer = await self._send(method, path, **rest)
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            raise UnreachableError(self._url, "what answers there is no engine of this kind") from error

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        for attempt in range(1, self._attempts + 1):
            pause = 0.2 * 2**attempt
            try:
                answer = await self._http.request(method, API_PREFIX + path, params=params, json=json, headers=headers)
            except httpx.TransportError as error:
                if attempt == self._attempts:
                    raise UnreachableError(self._url, str(error) or type(error).__name__) from error
            except httpx.InvalidURL as error:
                raise UnreachableError(self._url, str(error)) from error
            else:
                if answer.is_success:
                    return answer
                refused = RefusedError(problem_of(answer.status_code, answer.content))
                if answer.status_code not in (429, 503) or attempt == self._attempts:
                    raise refused
                pause = max(pause, float(answer.headers.get("retry-after", "0")))
            await asyncio.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")


def problem_of(status: int, content: bytes) -> Problem:
    """The problem document in ``content``; one made up where something before the engine answered."""
    try:
        return Problem.model_validate_json(content)
    except ValidationError:
        said = content[:200].decode(errors="replace").strip()
        detail = f"status {status} without a problem document: {said}"
        return Problem(type="about:blank", title="", status=status, detail=detail, code="unknown", request_id="-")
