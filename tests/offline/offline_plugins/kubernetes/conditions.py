"""``pulumi.com/waitFor`` and ``skipAwait``: what the program itself waits for, instead of the rule of the kind."""

import json
import re
from collections.abc import Callable
from typing import Any

from offline_plugins.kubernetes import jsonpath
from offline_plugins.kubernetes.naming import annotation
from offline_plugins.kubernetes.readiness.status import at, because
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Rule, Verdict, waiting
from offline_plugins.wire import has_unknown
from ops.controlplane.api import Json

WAIT_FOR, SKIP = "pulumi.com/waitFor", "pulumi.com/skipAwait"
CONDITION, PATH = "condition=", "jsonpath="
SINGLE_EQUALS = re.compile(r"(?<!=)=(?!=)")

Condition = Callable[[Json], Verdict]


class BadConditionError(Exception):
    """An annotation ``pulumi.com/waitFor`` cannot be read."""


def is_skipped(properties: dict[str, Any]) -> bool:
    """Say whether the program asks not to wait."""
    return annotation(properties, SKIP) == "true"


def unreadable(properties: dict[str, Any]) -> str | None:
    """Return why the conditions of an object's inputs cannot be read; None where they can, or are not known yet."""
    wanted = annotation(properties, WAIT_FOR)
    if is_skipped(properties) or not wanted or has_unknown(wanted):
        return None
    try:
        parse(wanted)
    except BadConditionError as error:
        return str(error)
    return None


def parse(text: str) -> Rule:
    """Return the rule for the annotation's text: one expression, or a JSON array of several that hold at once.

    Raises:
        BadConditionError: an expression cannot be read.
    """
    conditions = [_condition(each) for each in _expressions(text)]

    def rule(live: Json, around: Around) -> Verdict:
        del around
        verdicts = [each(live) for each in conditions]
        missing = [each.words for each in verdicts if not each.ready]
        return waiting("; ".join(missing)) if missing else READY

    return rule


def _expressions(text: str) -> list[str]:
    try:
        listed: Any = json.loads(text)
    except ValueError:
        listed = text
    if listed == []:
        raise BadConditionError(f"{WAIT_FOR} is an empty list: name at least one condition, or leave it out")
    if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
        return listed
    return [text]


def _condition(expression: str) -> Condition:
    if expression.startswith(CONDITION):
        name, _, status = expression.removeprefix(CONDITION).partition("=")
        if not name:
            raise BadConditionError(f"{WAIT_FOR} {expression!r} names no condition: write condition=Ready")
        return lambda live: _holds(live, name, status or "True")
    if expression.startswith(PATH):
        path, value = _path(expression)
        return lambda live: _leads_to(live, path, value)
    raise BadConditionError(
        f"{WAIT_FOR} {expression!r} is neither condition=<type>[=<status>] nor jsonpath={{<path>}}[=<value>]"
    )


def _path(expression: str) -> tuple[jsonpath.JsonPath, str | None]:
    text, *values = SINGLE_EQUALS.split(expression.removeprefix(PATH))
    if len(values) > 1 or values == [""]:
        raise BadConditionError(
            f"{WAIT_FOR} {expression!r} has to be jsonpath={{<path>}} or jsonpath={{<path>}}=<value>"
        )
    try:
        return jsonpath.parse(text), values[0] if values else None
    except jsonpath.JsonPathError as error:
        raise BadConditionError(f"{WAIT_FOR}: {error}") from error


def _holds(live: Json, name: str, status: str) -> Verdict:
    """As ``kubectl wait``: case does not matter, and what the controller said of an older generation does not count."""
    conditions = at(live, "status", "conditions", default=[])
    found = next((each for each in conditions if str(each.get("type")).lower() == name.lower()), None)
    if found is None:
        return waiting(f"it has no condition {name}")
    seen = found.get("observedGeneration", at(live, "status", "observedGeneration"))
    generation = at(live, "metadata", "generation", default=0)
    if seen is not None and seen < generation:
        return waiting(f"condition {name} is of generation {seen}, not yet of {generation}")
    if str(found.get("status")).lower() == status.lower():
        return READY
    why = because(found)
    return waiting(f"condition {name} is {found.get('status')}, not {status}" + (f": {why}" if why else ""))


def _leads_to(live: Json, path: jsonpath.JsonPath, value: str | None) -> Verdict:
    seen, generation = at(live, "status", "observedGeneration"), at(live, "metadata", "generation", default=0)
    if seen is not None and seen < generation:
        return waiting(f"its status is of generation {seen}, not yet of {generation}")
    found = path.select(live)
    if not found:
        return waiting(f"{path.text} leads to nothing")
    if value is None:
        return READY
    if isinstance(found[0], dict | list):
        return waiting(f"{path.text} leads to an object or a list, which {value!r} cannot equal")
    shown = _text(found[0])
    return READY if shown == value else waiting(f"{path.text} is {shown!r}, not {value!r}")


def _text(value: Any) -> str:
    """Write a value as Go does, which the real provider is written in."""
    if value is None:
        return "<nil>"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
