"""Compiling a template into the rows that run it."""

import json
import re
from typing import Any, Final

from contract.workflow import Review, Step, WorkflowTemplate, loop_body

_PLACE: Final = re.compile(r"\{\{\s*input\.([A-Za-z0-9_-]+)\s*\}\}")


def compiled(template: WorkflowTemplate, workflow_input: dict[str, Any]) -> list[dict[str, Any]]:
    """One JSON object per step, in the template's order, with the columns of table ``step``."""
    by_id = {step.id: step for step in template.steps}
    successors: dict[str, list[str]] = {step_id: [] for step_id in by_id}
    for step in template.steps:
        for need in step.needs:
            successors[need].append(step.id)
    return [
        {
            "id": step.id,
            "role": step.role,
            "task": rendered(step.task, workflow_input),
            "waiting": len(step.needs),
            "needs": list(step.needs),
            "successors": successors[step.id],
            "max_attempts": step.max_attempts,
            "review": None if step.review is None else _loop(by_id, step, step.review),
        }
        for step in template.steps
    ]


def rendered(task: str, workflow_input: dict[str, Any]) -> str:
    """``task`` with ``{{input.KEY}}`` replaced: text as it is, anything else as JSON; an unknown key stays."""

    def value(place: re.Match[str]) -> str:
        if place[1] not in workflow_input:
            return place[0]
        found = workflow_input[place[1]]
        return found if isinstance(found, str) else json.dumps(found)

    return _PLACE.sub(value, task)


def _loop(by_id: dict[str, Step], reviewer: Step, review: Review) -> dict[str, Any]:
    body = sorted(loop_body(by_id, reviewer.id, review.back_to))
    return {"field": review.field, "equals": review.equals, "at_most": review.at_most, "body": body}
