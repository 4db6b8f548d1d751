"""JSONPath as ``pulumi.com/waitFor`` takes it: names, indices, ``*`` and filters with one comparison."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Step = Callable[[Any], list[Any]]
"""One value -> the values that a step selects in it."""

_NAME = r"[^\W\d]\w*"
_QUOTED = r"""'[^']*'|"[^"]*\""""
_INDEX = r"-?\d+"
_PLAIN = rf"(?:\.{_NAME}|\[\s*(?:{_QUOTED}|{_INDEX})\s*\])"
_LITERAL = rf"{_QUOTED}|-?\d+(?:\.\d+)?|true|false|null"
_STEP = re.compile(
    r"(?P<all>\.\*|\[\s*\*\s*\])"
    rf"|\.(?P<name>{_NAME})"
    rf"|\[\s*(?P<quoted>{_QUOTED})\s*\]"
    rf"|\[\s*(?P<index>{_INDEX})\s*\]"
    rf"|\[\s*\?\s*(?P<open>\(\s*)?@(?P<inside>{_PLAIN}*)"
    rf"\s*(?:(?P<sign>==|<|>)\s*(?P<literal>{_LITERAL})\s*)?(?(open)\)\s*)\]"
)
_WORDS = {"true": True, "false": False, "null": None}
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {"==": operator.eq, "<": operator.lt, ">": operator.gt}


class JsonPathError(Exception):
    """A path cannot be read."""


@dataclass(frozen=True)
class JsonPath:
    """A path that was read; ``text`` is how it was written."""

    text: str
    steps: tuple[Step, ...]

    def select(self, value: Any) -> list[Any]:
        """Return all values that the path leads to."""
        found = [value]
        for step in self.steps:
            found = [each for one in found for each in step(one)]
        return found


def parse(text: str) -> JsonPath:
    """Read ``{.status.phase}``, ``{.status.conditions[?(@.type=="Ready")].status}`` and the like.

    Raises:
        JsonPathError: braces are missing, or something inside is not supported.
    """
    inside = re.fullmatch(r"\{\s*(.*?)\s*\}", text)
    if inside is None:
        raise JsonPathError(f"the path {text} has to stand in braces, like {{.status.phase}}")
    return JsonPath(text, _steps(inside[1].removeprefix("$"), text))


def _steps(path: str, text: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    position = 0
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            raise JsonPathError(f"the path {text} cannot be read from {path[position:]!r} on")
        steps.append(_step(found))
        position = found.end()
    return tuple(steps)


def _step(found: "re.Match[str]") -> Step:
    if found["all"]:
        return _children
    if found["name"]:
        return _member(found["name"])
    if found["quoted"]:
        return _member(found["quoted"][1:-1])
    if found["index"]:
        return _item(int(found["index"]))
    return _filter(_steps(found["inside"], found["inside"]), found["sign"], found["literal"])


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _member(name: str) -> Step:
    return lambda value: [value[name]] if isinstance(value, dict) and name in value else []


def _item(index: int) -> Step:
    return lambda value: [value[index]] if isinstance(value, list) and -len(value) <= index < len(value) else []


def _filter(inside: tuple[Step, ...], sign: str | None, literal: str | None) -> Step:
    path = JsonPath("@", inside)
    wanted = None if literal is None else _value(literal)

    def keeps(value: Any) -> bool:
        found = path.select(value)
        if sign is None or not found:
            return bool(found)
        comparable = type(found[0]) is type(wanted) or (_is_number(found[0]) and _is_number(wanted))
        return comparable and _SIGNS[sign](found[0], wanted)

    return lambda value: [each for each in _children(value) if keeps(each)]


def _value(literal: str) -> Any:
    if literal in _WORDS:
        return _WORDS[literal]
    return literal[1:-1] if literal[0] in "'\"" else float(literal)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
