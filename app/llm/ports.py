"""What a provider of language models is asked and what it answers; no code that acts."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from contract.role import Role
from contract.turn import ToolCall, ToolResult, TurnRequest, Usage

Provider = Literal["openai", "anthropic", "offline"]
PROVIDERS: tuple[Provider, ...] = ("openai", "anthropic", "offline")


@dataclass(frozen=True)
class ToolSpec:
    """A tool that is offered to the model. ``parameters`` is a JSON Schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Said:
    """Text from our side."""

    text: str


@dataclass(frozen=True)
class Answered:
    """An earlier answer of the model."""

    text: str
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Returned:
    """What the tool calls of the answer before gave."""

    results: tuple[ToolResult, ...]


Message = Said | Answered | Returned


@dataclass(frozen=True)
class Prompt:
    """One question to a model: conversation, tools, and the shape of the final answer."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]
    """Empty where the model must answer now."""
    output_schema: dict[str, Any]
    max_output_tokens: int
    role: Role
    """The role and turn behind the conversation; upstream providers ignore them, ``offline`` answers from them."""
    turn: TurnRequest


@dataclass(frozen=True)
class LlmAnswer:
    """Tool calls, or an output, or (where a model keeps to neither) only text."""

    provider: Provider
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    output: Any = None
    text: str = ""
    usage: Usage = field(default_factory=Usage)


Trouble = Literal["rate_limited", "unavailable", "timeout", "misconfigured", "rejected"]


class ProviderError(Exception):
    """A provider gave no answer. ``rejected`` (the request itself is at fault) is the only kind without failover."""

    def __init__(self, provider: Provider, trouble: Trouble, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{provider} {trouble}: {detail}")
        self.provider = provider
        self.trouble = trouble
        self.retry_after = retry_after


class Llm(Protocol):
    """One provider."""

    @property
    def provider(self) -> Provider:
        """Its name."""
        ...

    async def complete(self, prompt: Prompt, model: str, seconds: float) -> LlmAnswer:
        """One upstream call, no retries, within ``seconds``. Raises :class:`ProviderError`."""
        ...

    async def aclose(self) -> None:
        """Close its connections."""
        ...
