"""Plays one step over several turns as a model would: look, read, write, answer.

What it does next follows from the transcript alone, and what it says from the request, so a repeated call gives
the same answer. Two words in a workflow's input steer a role whose output has a ``verdict``: ``needs-rework`` makes
the first review ask for changes, ``always-rework`` makes every review do so.
"""

import asyncio
import hashlib
import json
from typing import Final

from app.llm.offline.authors import Draft, drafts
from app.llm.offline.schema import Facts, fill
from app.llm.offline.subject import Subject, read_subject
from app.llm.ports import LlmAnswer, Prompt, Provider, ProviderError
from contract.globs import matches
from contract.turn import ToolCall, TurnRequest, Usage

READS: Final = 4
"""Artifacts read in one turn."""
BYTES_PER_TOKEN: Final = 4
MODEL: Final = "offline"


class OfflineLlm:
    """Deterministic :class:`app.llm.ports.Llm`. ``latency`` is how long each answer takes, seconds."""

    provider: Provider = "offline"

    def __init__(self, latency: float = 0) -> None:
        self._latency = latency

    async def complete(self, prompt: Prompt, model: str, seconds: float) -> LlmAnswer:
        """The next move of the step. Raises :class:`ProviderError` where it takes longer than ``seconds``."""
        await asyncio.sleep(min(self._latency, seconds))
        if self._latency > seconds:
            raise ProviderError(self.provider, "timeout", f"no answer in {seconds:.0f} s")
        turn = prompt.turn
        subject = read_subject(turn)
        offered = {tool.name for tool in prompt.tools}
        used = {call.name for record in turn.transcript for call in record.tool_calls}
        moves = (
            ("list_artifacts", _listing),
            ("read_artifact", _reading),
            ("write_artifact", _writing),
        )
        for tool, move in moves:
            if tool in offered and tool not in used:
                calls = move(prompt, subject)
                if calls:
                    return _answer(prompt, model, calls=calls, text=f"{tool.replace('_', ' ')}: {subject.title}")
        facts = Facts(
            subject=subject,
            written=_written(turn),
            seen=turn.artifacts,
            rework=subject.rework == "always" or (subject.rework == "once" and turn.iteration == 0),
        )
        return _answer(prompt, model, output=fill(prompt.output_schema, facts))

    async def aclose(self) -> None:
        """Nothing to close."""


def _listing(prompt: Prompt, _: Subject) -> tuple[ToolCall, ...]:
    return (_call(prompt.turn, 0, "list_artifacts", {"glob": "**"}),)


def _reading(prompt: Prompt, _: Subject) -> tuple[ToolCall, ...]:
    paths = [path for path in prompt.turn.artifacts if matches(path, prompt.role.artifacts.read)]
    return tuple(_call(prompt.turn, n, "read_artifact", {"path": path}) for n, path in enumerate(paths[:READS]))


def _writing(prompt: Prompt, subject: Subject) -> tuple[ToolCall, ...]:
    made: list[Draft] = drafts(prompt.role, prompt.turn, subject)
    return tuple(
        _call(prompt.turn, n, "write_artifact", {"path": draft.path, "content": draft.content})
        for n, draft in enumerate(made)
    )


def _call(turn: TurnRequest, position: int, name: str, arguments: dict[str, str]) -> ToolCall:
    seed = f"{turn.workflow}/{turn.step}/{turn.iteration}/{turn.number}/{position}/{name}"
    return ToolCall(id=f"call_{hashlib.sha256(seed.encode()).hexdigest()[:16]}", name=name, arguments=dict(arguments))


def _written(turn: TurnRequest) -> tuple[str, ...]:
    paths: list[str] = []
    for record in turn.transcript:
        done = {result.id for result in record.tool_results if result.status == "ok"}
        paths += [
            str(call.arguments.get("path"))
            for call in record.tool_calls
            if call.name == "write_artifact" and call.id in done
        ]
    return tuple(dict.fromkeys(paths))


def _answer(
    prompt: Prompt, model: str, *, calls: tuple[ToolCall, ...] = (), output: object = None, text: str = ""
) -> LlmAnswer:
    asked = len(prompt.system) + len(prompt.turn.model_dump_json())
    said = len(text) + len(json.dumps([call.arguments for call in calls])) + len(json.dumps(output))
    usage = Usage(input_tokens=asked // BYTES_PER_TOKEN, output_tokens=said // BYTES_PER_TOKEN, upstream_calls=1)
    return LlmAnswer(provider="offline", model=model, tool_calls=calls, output=output, text=text, usage=usage)
