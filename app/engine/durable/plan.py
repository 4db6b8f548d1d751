"""Deciding what a batch of outcomes does to its workflows. Pure: rows in, changes out; settle.py does the SQL."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from app.engine.durable.claim import Key
from app.engine.durable.ports import Completed, Failed, Requeue, StepOutcome

MAX_TAKEOVERS: Final = 10
"""A step that so many replicas died under is likely what kills them; it fails."""


@dataclass(frozen=True)
class TakenOver:
    """Not an executor's outcome: the owner is dead, so the step goes back to be claimed again."""


@dataclass(frozen=True)
class Settlement:
    """What became of one claim. ``owner`` is the replica that held it."""

    key: Key
    owner: UUID
    outcome: StepOutcome | TakenOver


@dataclass
class WorkflowState:
    """A locked workflow row, and what the batch makes of it."""

    id: UUID
    tenant: str
    seq: int
    open_steps: int
    status: str = "running"
    error: dict[str, Any] | None = None
    events: list[tuple[str, str | None, dict[str, Any]]] = field(
        default_factory=list[tuple[str, str | None, dict[str, Any]]]
    )

    def tell(self, event: str, step: str | None, /, **data: Any) -> None:
        """Add an event; its seq is given when the batch is written."""
        self.events.append((event, step, data))


@dataclass(frozen=True)
class StepState:
    """A step row that is still held under the settlement's fence."""

    key: Key
    attempt: int
    max_attempts: int
    iteration: int
    takeovers: int
    successors: Sequence[str]
    review: dict[str, Any] | None


@dataclass(frozen=True)
class StepChange:
    """New values of a settled step. ``delay`` in seconds, for a step that is to run again."""

    key: Key
    status: str
    attempt: int
    settled: bool
    takeovers: int = 0
    output: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    delay: float = 0.0


@dataclass(frozen=True)
class SentBack:
    """A review that asks for changes: ``body`` runs again with ``feedback``."""

    key: Key
    body: list[str]
    feedback: dict[str, Any]


@dataclass
class Plan:
    """Everything that one batch writes."""

    changes: list[StepChange] = field(default_factory=list[StepChange])
    sent_back: list[SentBack] = field(default_factory=list[SentBack])
    arrivals: Counter[tuple[UUID, str]] = field(default_factory=Counter[tuple[UUID, str]])
    """How many needs of each successor this batch completes: grouped, or a join would lose one."""
    completed: list[tuple[Key, int]] = field(default_factory=list[tuple[Key, int]])
    """Completed steps with their iteration: their drafts become artifacts."""
    failed: list[UUID] = field(default_factory=list[UUID])
    recorded: set[Key] = field(default_factory=set[Key])


def plan(
    batch: Sequence[Settlement],
    workflows: dict[UUID, WorkflowState],
    steps: dict[Key, StepState],
    backoff: Callable[[int], float],
) -> Plan:
    """Changes for every settlement whose step is still held; events go to ``workflows``.

    ``steps`` holds only steps that are running under the settlement's owner and fence. ``backoff`` gives the delay
    after a failed attempt.
    """
    made = Plan()
    for settlement in batch:
        step = steps.get(settlement.key)
        if step is None or settlement.key in made.recorded:
            continue
        workflow = workflows[step.key.workflow]
        if workflow.status != "running":  # an earlier outcome of this batch ended it
            continue
        made.recorded.add(step.key)
        match settlement.outcome:
            case Completed(output):
                _complete(made, workflow, step, output)
            case Requeue(reason, delay):
                made.changes.append(
                    StepChange(step.key, "ready", step.attempt, True, step.takeovers, delay=max(0.0, delay))
                )
                workflow.tell("step.retrying", step.key.step, reason=reason, attempt=step.attempt, delay=delay)
            case TakenOver() if step.takeovers < MAX_TAKEOVERS:
                made.changes.append(StepChange(step.key, "ready", step.attempt, False, step.takeovers + 1))
                workflow.tell("step.retrying", step.key.step, reason="replica_lost", attempt=step.attempt, delay=0)
            case TakenOver():
                detail = f"{MAX_TAKEOVERS} replicas died while they ran it"
                _fail(made, workflow, step, Failed("replica_lost", detail, retryable=False))
            case Failed() as failed if failed.retryable and step.attempt < step.max_attempts:
                delay = backoff(step.attempt)
                error = {"code": failed.code, "detail": failed.detail, "attempt": step.attempt}
                made.changes.append(
                    StepChange(step.key, "ready", step.attempt + 1, True, step.takeovers, error=error, delay=delay)
                )
                workflow.tell("step.retrying", step.key.step, reason=failed.code, delay=delay, **error)
            case Failed() as failed:
                _fail(made, workflow, step, failed)
    return made


def _complete(made: Plan, workflow: WorkflowState, step: StepState, output: dict[str, Any]) -> None:
    review = step.review
    if review is not None and output.get(review["field"]) == review["equals"]:
        if step.iteration < review["at_most"]:
            _send_back(made, workflow, step, review["body"], output)
        else:
            detail = f"changes were still requested after work went back {step.iteration} times"
            _fail(made, workflow, step, Failed("review_exhausted", detail, retryable=False), output)
        return
    made.changes.append(StepChange(step.key, "completed", step.attempt, True, step.takeovers, output=output))
    made.completed.append((step.key, step.iteration))
    made.arrivals.update((step.key.workflow, successor) for successor in step.successors)
    workflow.open_steps -= 1
    workflow.tell("step.completed", step.key.step, attempt=step.attempt, iteration=step.iteration)
    if workflow.open_steps == 0:
        workflow.status = "completed"


def _send_back(made: Plan, workflow: WorkflowState, step: StepState, body: list[str], output: dict[str, Any]) -> None:
    made.sent_back.append(SentBack(step.key, body, output))
    made.completed.append((step.key, step.iteration))
    workflow.open_steps += len(body) - 1  # the reviewer itself never counted as done
    workflow.tell("step.sent_back", step.key.step, iteration=step.iteration, steps=body)


def _fail(
    made: Plan, workflow: WorkflowState, step: StepState, failed: Failed, output: dict[str, Any] | None = None
) -> None:
    error = {"code": failed.code, "detail": failed.detail, "attempt": step.attempt}
    made.changes.append(StepChange(step.key, "failed", step.attempt, True, step.takeovers, output=output, error=error))
    made.failed.append(workflow.id)
    workflow.status = "failed"
    workflow.error = {"step": step.key.step, **error}
    workflow.tell("step.failed", step.key.step, **error)
