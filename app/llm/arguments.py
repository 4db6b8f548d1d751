"""Arguments of a tool call as a model wrote them."""

import json
from typing import Any, cast


def read_arguments(text: str) -> dict[str, Any]:
    """The JSON object in ``text``; anything else becomes ``{"unreadable": …}``, which no tool accepts."""
    try:
        value: object = json.loads(text or "{}")
    except ValueError:
        value = None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {"unreadable": text[:200]}
