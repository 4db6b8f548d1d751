"""One model turn: what the engine sends to an agent's MCP tool ``take_turn`` and what comes back."""

import hashlib
import json
from typing import Any, Literal

from pydantic import Field

from contract.role import RoleId, Tool
from contract.strict import Strict

TAKE_TURN = "take_turn"


class ToolCall(Strict):
    """A tool that the model wants called; the engine executes it against the role's globs."""

    id: str
    name: str
    """Not :data:`contract.role.Tool`: a hostile model may name anything. Both sides refuse what the role lacks."""
    arguments: dict[str, Any]


class ToolResult(Strict):
    """What a tool call gave, or why it was refused (``refused``: a constraint; ``error``: bad arguments)."""

    id: str
    name: str
    status: Literal["ok", "refused", "error"]
    content: str


class TurnRecord(Strict):
    """One past turn of the step, as the transcript holds it."""

    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    text: str = ""


class Usage(Strict):
    """Tokens of one turn, summed over its upstream calls."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    upstream_calls: int = Field(default=0, ge=0)
    known: bool = True
    """False where a provider's answer carried no usage: the reservation is then charged."""


class TurnRequest(Strict):
    """Argument ``turn`` of ``take_turn``."""

    workflow: str
    """UUID of the workflow."""
    step: str
    attempt: int = Field(ge=1)
    iteration: int = Field(ge=0)
    """How often a review has sent this step back."""
    number: int = Field(ge=1)
    """Which turn of the step, from 1."""
    role: RoleId
    role_digest: str
    task: str
    inputs: dict[str, Any] = {}
    """Outputs of the steps this one needs, by step id; ``workflow`` holds the workflow's input."""
    artifacts: tuple[str, ...] = ()
    """Paths the role may read."""
    feedback: dict[str, Any] | None = None
    """Output of the review that sent the work back."""
    transcript: tuple[TurnRecord, ...] = ()
    max_output_tokens: int = Field(ge=1)
    final: bool = False
    """True on the last turn that the role's limit allows: the model must answer."""


class TurnResponse(Strict):
    """Structured content of ``take_turn``: either tool calls, or the step's output."""

    tool_calls: tuple[ToolCall, ...] = ()
    refused: tuple[ToolCall, ...] = ()
    """Calls of tools that the role lacks: never executed, kept so that the engine audits them and tells the model."""
    output: dict[str, Any] | None = None
    text: str = ""
    provider: str
    model: str
    usage: Usage = Usage()


class TurnRefusal(Strict):
    """Error content of ``take_turn``."""

    code: Literal[
        "role_changed",
        "unknown_role",
        "capacity",
        "provider_unavailable",
        "timeout",
        "invalid_output",
        "unauthorized",
        "internal",
    ]
    detail: str
    retry_after: float | None = None
    """Seconds, where a provider said so."""


def arguments_hash(request: TurnRequest) -> str:
    """Hash that the engine's token binds: SHA-256 of the request's canonical JSON, hexadecimal."""
    canonical = json.dumps(request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def allowed_tools(role_tools: tuple[Tool, ...]) -> frozenset[str]:
    """Tool names a role may call."""
    return frozenset(role_tools)
