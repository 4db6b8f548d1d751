"""What must hold before a workflow is accepted: known roles, allowed hand-offs, an input that fits the template."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from app.engine.api.body import sized
from app.engine.api.problem import ApiError
from app.engine.catalogue import PinnedRole
from contract.api import ErrorCode
from contract.workflow import WorkflowTemplate

MAX_FAULTS: Final = 20


def named_template(name: str, templates: Mapping[str, WorkflowTemplate]) -> WorkflowTemplate:
    """The template called ``name``. Raises :class:`ApiError`."""
    if name not in templates:
        known = ", ".join(sorted(templates)) or "none is mounted"
        raise ApiError(ErrorCode.UNKNOWN_TEMPLATE, f"There is no template {name[:60]!r}; there are: {known}.")
    return templates[name]


def check_roles(template: WorkflowTemplate, roles: Mapping[str, PinnedRole]) -> None:
    """Every step's role exists, and each hand-off from a needed step's role is one that role allows."""
    by_id = {step.id: step for step in template.steps}
    for step in template.steps:
        if step.role not in roles:
            known = ", ".join(sorted(roles))
            raise ApiError(ErrorCode.UNKNOWN_ROLE, f"Step {step.id} asks for role {step.role}; there are: {known}.")
    for step in template.steps:
        for need in step.needs:
            giver = by_id[need].role
            if giver != step.role and step.role not in roles[giver].role.hand_offs:
                detail = (
                    f"Step {need} would hand off to step {step.id}, but role {giver} may not hand off to {step.role}."
                )
                raise ApiError(ErrorCode.HAND_OFF_NOT_ALLOWED, detail)


async def check_input(template: WorkflowTemplate, document: dict[str, Any], size: int, *, inline: bool) -> None:
    """``document`` fits the template's input schema. ``size`` in bytes decides where this runs.

    An inline template comes from the caller, so its schema may hold no regular expression: one that never ends would
    stop the engine. References resolve inside the schema only.
    """
    faults = await sized(size, lambda: _faults(template.input_schema, document, inline=inline))
    if faults:
        detail = f"The input does not fit template {template.name}; `errors` says where."
        raise ApiError(ErrorCode.INVALID_INPUT, detail, errors=faults)


def _faults(schema: dict[str, Any], document: dict[str, Any], *, inline: bool) -> list[dict[str, str]]:
    at_schema = "template.input_schema"
    if inline and (keyword := _expression(schema)):
        return [{"at": at_schema, "reason": f"{keyword} is not allowed in an inline template"}]
    faults: list[dict[str, str]] = []
    try:
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(cast("Any", schema), registry=Registry())
        for fault in validator.iter_errors(document):  # pyright: ignore[reportUnknownMemberType]
            at = ".".join(["input", *(str(part) for part in fault.absolute_path)])
            faults.append({"at": at, "reason": fault.message[:300]})
            if len(faults) == MAX_FAULTS:
                break
    except SchemaError as error:
        return [{"at": at_schema, "reason": f"not a JSON Schema: {error.message[:300]}"}]
    except Unresolvable as error:
        return [{"at": at_schema, "reason": f"a reference leads nowhere: {str(error.ref)[:200]}"}]
    except RecursionError:
        return [{"at": at_schema, "reason": "is nested too deeply"}]
    return faults


def _expression(node: object) -> str | None:
    """The first keyword in ``node`` that holds a regular expression."""
    waiting: list[object] = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            for key, value in cast("dict[str, object]", here).items():
                if key in ("pattern", "patternProperties"):
                    return key
                waiting.append(value)
        elif isinstance(here, list):
            waiting.extend(cast("list[object]", here))
    return None


def canonical(body: dict[str, Any]) -> bytes:
    """The body's meaning as bytes: two bodies that differ only in blanks or key order are the same request."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
