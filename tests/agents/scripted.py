"""A model that says what a test tells it to: honest, wrong or hostile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.llm.ports import LlmAnswer, Prompt, Provider, ProviderError
from contract.turn import ToolCall, Usage

Line = LlmAnswer | ProviderError | Callable[[Prompt], LlmAnswer]


def calls(*named: tuple[str, dict[str, Any]]) -> LlmAnswer:
    made = tuple(ToolCall(id=f"c{n}", name=name, arguments=arguments) for n, (name, arguments) in enumerate(named))
    return LlmAnswer("offline", "scripted", tool_calls=made, usage=Usage(input_tokens=1, output_tokens=1))


def says(output: object = None, text: str = "") -> LlmAnswer:
    return LlmAnswer("offline", "scripted", output=output, text=text, usage=Usage(input_tokens=1, output_tokens=1))


@dataclass
class ScriptedLlm:
    """Speaks its lines in order; the last one is repeated."""

    lines: list[Line]
    provider: Provider = "offline"
    asked: list[Prompt] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    closed: bool = False

    async def complete(self, prompt: Prompt, model: str, seconds: float) -> LlmAnswer:  # noqa: ARG002
        self.asked.append(prompt)
        self.seconds.append(seconds)
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if isinstance(line, ProviderError):
            raise line
        return line if isinstance(line, LlmAnswer) else line(prompt)

    async def aclose(self) -> None:
        self.closed = True
