"""Drives a workflow template through an executor, in order, with review loops: a stand-in for the durable core."""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from app.engine.durable.ports import ArtifactWrite, Completed, StepExecutor, StepOutcome, StepRun
from contract.workflow import WorkflowTemplate, loop_body, topological
from tests.agents.journal import MemoryJournal


@dataclass
class Delivery:
    """What a workflow left behind."""

    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    artifacts: dict[str, ArtifactWrite] = field(default_factory=dict)
    ran: list[tuple[str, int]] = field(default_factory=list)
    journals: list[MemoryJournal] = field(default_factory=list)
    failed: StepOutcome | None = None


async def deliver(
    template: WorkflowTemplate, given: dict[str, Any], executor: StepExecutor, workflow: UUID | None = None
) -> Delivery:
    by_id = {step.id: step for step in template.steps}
    order = topological(template.steps)
    workflow = workflow or uuid4()
    result = Delivery()
    iterations = dict.fromkeys(by_id, 0)
    feedback: dict[str, Any] | None = None
    sent_back = 0
    position = 0
    while position < len(order):
        step = by_id[order[position]]
        journal = MemoryJournal(workflow, step.id, committed=result.artifacts)
        result.journals.append(journal)
        task = re.sub(r"{{input\.(\w+)}}", lambda found: str(given.get(found[1], "")), step.task)
        inputs = {"workflow": given} | {need: result.outputs[need] for need in step.needs}
        iteration = iterations[step.id]
        told = feedback if iteration else None
        run = StepRun(workflow, "default", step.id, step.role, 1, iteration, task, inputs, told, None, ())
        outcome = await executor.run(run, journal)
        result.ran.append((step.id, iteration))
        if not isinstance(outcome, Completed):
            result.failed = outcome
            return result
        journal.commit()
        result.artifacts = journal.committed
        result.outputs[step.id] = outcome.output
        review = step.review
        if review is not None and outcome.output.get(review.field) == review.equals:
            if sent_back >= review.at_most:
                return result
            sent_back += 1
            feedback = outcome.output
            for again in loop_body(by_id, step.id, review.back_to):
                iterations[again] += 1
            position = order.index(review.back_to)
            continue
        position += 1
    return result
