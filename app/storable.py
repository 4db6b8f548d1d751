"""Text that JSON cannot carry or PostgreSQL cannot keep (lone surrogates, NUL) is replaced, by agent and engine."""

from typing import Any, cast

from contract.turn import TurnResponse

REPLACEMENT = "\ufffd"


def storable(response: TurnResponse) -> TurnResponse:
    """``response`` with every unstorable character replaced."""
    return TurnResponse.model_validate(_clean(response.model_dump()))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", REPLACEMENT).encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in cast("list[Any]", value)]
    return value
