"""A workflow template: steps under roles, joined by what they need. ``roles/workflows/*.yaml`` or inline."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from contract.document import parse
from contract.role import RoleId
from contract.strict import Strict

StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Review(Strict):
    """A bounded loop: where ``field`` of this step's output equals ``equals``, work goes back to ``back_to``."""

    back_to: StepId
    field: str = "verdict"
    equals: str = "changes_requested"
    at_most: int = Field(default=2, ge=1, le=10)
    """Times that work is sent back before the step fails with ``review_exhausted``."""


class Step(Strict):
    """One unit of work under one role."""

    id: StepId
    role: RoleId
    task: str = Field(min_length=1, max_length=8000)
    """What is asked. ``{{input.KEY}}`` is replaced by the workflow's input."""
    needs: tuple[StepId, ...] = ()
    max_attempts: int = Field(default=3, ge=1, le=20)
    review: Review | None = None


class WorkflowTemplate(Strict):
    """An acyclic graph of steps, but for bounded review loops."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
    title: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=2000)
    input_schema: dict[str, Any] = {"type": "object"}
    steps: tuple[Step, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _is_a_sound_graph(self) -> "WorkflowTemplate":
        check_graph(self.steps)
        return self


def check_graph(steps: tuple[Step, ...]) -> None:
    """Raise ``ValueError`` unless ids are unique, needs exist, no cycle, and every loop body is closed."""
    by_id = {step.id: step for step in steps}
    if len(by_id) != len(steps):
        raise ValueError("two steps have the same id")
    if "workflow" in by_id:
        raise ValueError("a step may not be called workflow: among a step's inputs that is the workflow's own input")
    for step in steps:
        for need in step.needs:
            if need not in by_id:
                raise ValueError(f"step {step.id} needs {need}, which does not exist")
        if len(set(step.needs)) != len(step.needs):
            raise ValueError(f"step {step.id} lists a need twice")
    order = topological(steps)
    if len(order) != len(steps):
        raise ValueError(f"steps form a cycle: {', '.join(sorted(set(by_id) - set(order)))}")
    for step in steps:
        if step.review is not None:
            _check_loop(by_id, step, step.review.back_to)
    bodies = [loop_body(by_id, step.id, step.review.back_to) for step in steps if step.review is not None]
    for index, body in enumerate(bodies):
        for other in bodies[index + 1 :]:
            if body & other:
                raise ValueError(f"review loops overlap at {', '.join(sorted(body & other))}")


def topological(steps: tuple[Step, ...]) -> list[str]:
    """Step ids in an order in which needs come first; shorter than ``steps`` where there is a cycle."""
    waiting = {step.id: len(step.needs) for step in steps}
    followers: dict[str, list[str]] = {step.id: [] for step in steps}
    for step in steps:
        for need in step.needs:
            followers.setdefault(need, []).append(step.id)
    order: list[str] = [step_id for step_id, count in waiting.items() if count == 0]
    for done in order:
        for follower in followers[done]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                order.append(follower)
    return order


def loop_body(by_id: dict[str, Step], reviewer: str, back_to: str) -> set[str]:
    """The steps that run again when ``reviewer`` sends work back: all on a path from ``back_to`` to it."""
    leads: dict[str, bool] = {back_to: True}
    walk = [reviewer]  # a stack, not recursion: a chain of 500 steps is a sound graph
    while walk:
        needs = by_id[walk[-1]].needs
        unknown = [] if walk[-1] in leads else [need for need in needs if need not in leads]
        if unknown:
            walk.extend(unknown)
        else:
            step_id = walk.pop()
            leads.setdefault(step_id, any(leads[need] for need in needs if need in leads))
    return {step_id for step_id, hit in leads.items() if hit} if leads[reviewer] else {reviewer}


def _check_loop(by_id: dict[str, Step], reviewer: Step, target: str) -> None:
    if target not in by_id:
        raise ValueError(f"step {reviewer.id} sends work back to {target}, which does not exist")
    body = loop_body(by_id, reviewer.id, target)
    if target not in body:
        raise ValueError(f"step {reviewer.id} sends work back to {target}, which it does not depend on")
    for step in by_id.values():
        if step.id in body:
            continue
        leaks = (set(step.needs) & body) - {reviewer.id}
        if leaks:
            raise ValueError(
                f"step {step.id} needs {', '.join(sorted(leaks))} inside the review loop of {reviewer.id}: "
                f"let it need {reviewer.id}, so that it never runs on work that is sent back"
            )


def parse_workflow(text: str, source: str) -> WorkflowTemplate:
    """Parse one template file. ``source`` names it in errors. Raises :class:`ContractError`."""
    return parse(WorkflowTemplate, text, source)
