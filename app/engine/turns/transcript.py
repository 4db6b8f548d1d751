"""The step so far, as the agent is shown it: bounded, oldest contents shortened first."""

from collections.abc import Sequence
from typing import Any, Final

from app.engine.durable.ports import RecordedTurn
from contract.turn import ToolCall, ToolResult, TurnRecord, TurnResponse

BUDGET_CHARACTERS: Final = 1_000_000
"""At most 3 MB as UTF-8: with inputs and task it fits the agent's 4 MiB body."""
SHORT: Final = 200


def transcript(turns: Sequence[RecordedTurn]) -> tuple[TurnRecord, ...]:
    """Records of ``turns``; from the newest backwards, what exceeds the budget keeps only its beginnings."""
    left = BUDGET_CHARACTERS
    records: list[TurnRecord] = []
    for turn in reversed(turns):
        record = _record(turn)
        left -= len(record.model_dump_json())
        records.append(record if left >= 0 else _shortened(record))
    return tuple(reversed(records))


def _record(turn: RecordedTurn) -> TurnRecord:
    response = TurnResponse.model_validate(turn.response)
    results = tuple(ToolResult.model_validate(result) for result in turn.results)
    return TurnRecord(tool_calls=(*response.tool_calls, *response.refused), tool_results=results, text=response.text)


def _shortened(record: TurnRecord) -> TurnRecord:
    calls = (call.model_copy(update={"arguments": _short_values(call)}) for call in record.tool_calls)
    results = (result.model_copy(update={"content": _short(result.content)}) for result in record.tool_results)
    return TurnRecord(tool_calls=tuple(calls), tool_results=tuple(results), text=_short(record.text))


def _short_values(call: ToolCall) -> dict[str, Any]:
    return {key: _short(value if isinstance(value, str) else str(value)) for key, value in call.arguments.items()}


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]}… ({len(text)} characters, shortened)"
