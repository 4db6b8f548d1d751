"""The documents of the HTTP and WebSocket API: the engine writes them, the client and the operators' command read them.

Requests are strict. Answers ignore unknown keys when read, so that an older client understands a newer engine.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contract.strict import Strict
from contract.workflow import WorkflowTemplate

API_PREFIX: Final = "/api/v1"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IDEMPOTENCY_REPLAYED: Final = "Idempotency-Replayed"
REQUEST_ID: Final = "X-Request-Id"
PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
MAX_BODY_BYTES: Final = 1024 * 1024
"""Largest body of any request but an upload."""

Scope = Literal["read", "write"]
WorkflowStatus = Literal["queued", "running", "completed", "failed", "cancelled"]
StepStatus = Literal["blocked", "ready", "running", "completed", "failed", "cancelled"]
FINISHED: Final[frozenset[str]] = frozenset({"completed", "failed", "cancelled"})
"""Statuses that a workflow never leaves."""


class ErrorCode(StrEnum):
    """Stable ``code`` of a problem document: what programs branch on."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    MALFORMED_JSON = "malformed_json"
    BODY_TOO_LARGE = "body_too_large"
    INVALID_REQUEST = "invalid_request"
    INVALID_CURSOR = "invalid_cursor"
    UNKNOWN_TEMPLATE = "unknown_template"
    UNKNOWN_ROLE = "unknown_role"
    HAND_OFF_NOT_ALLOWED = "hand_off_not_allowed"
    INVALID_INPUT = "invalid_input"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    ALREADY_FINISHED = "already_finished"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Wire(BaseModel):
    """An answer of the API."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Problem(Wire):
    """RFC 9457 problem details; every error of the API has this shape."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: tuple[dict[str, Any], ...] = ()
    """For invalid requests: one entry per fault, ``{"at": "steps.0.role", "reason": "..."}``."""


class SubmitWorkflow(Strict):
    """Body of ``POST /api/v1/workflows``."""

    template: str | WorkflowTemplate
    """Name of a template, or a whole one inline."""
    input: dict[str, Any] = {}
    title: str | None = Field(default=None, max_length=200)
    priority: int = Field(default=0, ge=-10, le=10)
    """Admission order among a tenant's queued workflows; higher goes first."""


class Workflow(Wire):
    """One workflow, without its steps."""

    id: UUID
    template: str
    title: str
    status: WorkflowStatus
    priority: int
    seq: int
    """Sequence number of its newest event."""
    created_at: datetime
    admitted_at: datetime | None = None
    finished_at: datetime | None = None
    error: dict[str, Any] | None = None


class WorkflowDetail(Workflow):
    """One workflow with its input and a count of its steps by status."""

    input: dict[str, Any]
    steps: dict[str, int]


class StepView(Wire):
    """One step of a workflow."""

    id: str
    role: str
    task: str
    status: StepStatus
    needs: tuple[str, ...]
    iteration: int
    attempt: int
    max_attempts: int
    role_digest: str | None = None
    output: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class ArtifactView(Wire):
    """One committed artifact, without its content. ``size`` in bytes, ``sha256`` hexadecimal."""

    path: str
    version: int
    step_id: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime


class Event(Wire):
    """One event of a workflow; ``seq`` counts from 1 without gaps and is the cursor."""

    seq: int
    type: str
    step_id: str | None = None
    data: dict[str, Any]
    at: datetime


class WorkflowPage(Wire):
    """One page of workflows, newest first. ``next`` is the next page's cursor, absent on the last page."""

    items: tuple[Workflow, ...]
    next: str | None = None


class EventPage(Wire):
    """Events after a cursor, oldest first. ``next`` is the seq to ask after next."""

    items: tuple[Event, ...]
    next: int


class AgentHealth(Wire):
    """What the engine saw when it last probed a role's agent."""

    ready: bool
    detail: str
    checked_at: datetime


class RoleView(Wire):
    """One role, as the engine runs it now."""

    id: str
    title: str
    purpose: str
    digest: str
    tools: tuple[str, ...]
    hand_offs: tuple[str, ...]
    agent: AgentHealth | None = None
    """None where no endpoint is configured for the role."""


class TemplateView(Wire):
    """One workflow template by name."""

    name: str
    title: str
    description: str
    roles: tuple[str, ...]
    steps: tuple[str, ...]
    input_schema: dict[str, Any]


class Roles(Wire):
    """Every role."""

    items: tuple[RoleView, ...]


class Templates(Wire):
    """Every workflow template."""

    items: tuple[TemplateView, ...]


class Steps(Wire):
    """Every step of one workflow, in the template's order."""

    items: tuple[StepView, ...]


class Artifacts(Wire):
    """The newest committed version of every artifact of one workflow, by path."""

    items: tuple[ArtifactView, ...]


class Summary(Wire):
    """The tenant's workflows counted by status."""

    workflows: dict[str, int]


class RequestTicket(Strict):
    """Body of ``POST /api/v1/tickets``; an empty object asks for a ticket to any workflow of the tenant."""

    workflow_id: UUID | None = None


class Ticket(Wire):
    """A one-time WebSocket ticket."""

    ticket: str
    expires_at: datetime


class Readiness(Wire):
    """Body of ``/ready``; status 200 where ``ready``, else 503."""

    ready: bool
    checks: dict[str, str]
    """Check by name: ``ok``, or the reason why not."""


HEARTBEAT: Final = "heartbeat"
"""``type`` of the message that an idle event stream sends, ``{"type": "heartbeat", "seq": <cursor>}``; not an event."""
EVENTS_PATH: Final = "/ws/v1/workflows/{workflow_id}/events"
"""Event stream on the WebSocket port; query: ``after`` (seq, default 0) and ``ticket`` where no header can be sent."""


class CloseCode(IntEnum):
    """Why the engine ended an event stream. All but the first two ask the client to come back with its last seq."""

    FINISHED = 1000
    """Every event of a finished workflow was sent."""
    UNAUTHORIZED = 4401
    """The token was revoked or has expired."""
    ENGINE_FAILED = 1011
    RESTARTING = 1012
    UNAVAILABLE = 1013
    SLOW_READER = 4408
    """The client read too slowly; what it missed is still there."""
