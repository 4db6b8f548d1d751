"""A simple model of what workflows come to: one step at a time, in memory, nothing ever goes wrong with the machine.

The same :class:`Script` drives the model and the real executor, so both must end alike, however often the real
one is killed, refused, retried and taken over.
"""

import hashlib
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.engine.durable.ports import ArtifactWrite, Completed, Failed, Journal, Requeue, StepOutcome, StepRun
from contract.turn import Usage
from contract.workflow import Step, WorkflowTemplate, loop_body

TURNS = 2


def random_template(dice: Random) -> WorkflowTemplate:
    """A sound graph with joins and, where chance allows it, review loops."""
    steps: list[dict[str, Any]] = []
    for n in range(dice.randint(2, 8)):
        needs = dice.sample([step["id"] for step in steps], min(len(steps), dice.choice([0, 1, 1, 2, 3])))
        steps.append(
            {"id": f"s{n}", "role": "developer", "task": "Work.", "needs": needs, "max_attempts": dice.randint(1, 3)}
        )
    for step in dice.sample(steps, len(steps)):
        target = dice.choice(steps)["id"]
        looped = {**step, "review": {"back_to": target, "at_most": dice.randint(1, 2)}}
        candidate = [looped if other is step else other for other in steps]
        try:
            WorkflowTemplate.model_validate({"name": "random", "steps": candidate})
        except ValueError:
            continue
        steps = candidate
    return WorkflowTemplate.model_validate({"name": "random", "steps": steps})


@dataclass(frozen=True)
class Script:
    """What each run of each step does: fixed by ``seed``, step, iteration and attempt, by nothing else."""

    seed: int

    def failures(self, step: str, iteration: int) -> int:
        """How many attempts fail before one succeeds."""
        return self._dice(step, iteration, "failures").choice([0, 0, 0, 0, 1, 1, 2, 3])

    def retryable(self, step: str, iteration: int) -> bool:
        """Whether those failures can be retried."""
        return self._dice(step, iteration, "retryable").random() < 0.97

    def output(self, step: str, iteration: int, inputs: dict[str, Any], feedback: object) -> dict[str, Any]:
        """Depends on all that the step was given, so that a stale or missing input shows."""
        given = json.dumps([step, iteration, inputs, feedback], sort_keys=True)
        verdict = self._dice(step, iteration, "verdict").choice(["approved", "changes_requested"])
        return {"digest": hashlib.sha256(given.encode()).hexdigest(), "verdict": verdict}

    def _dice(self, *what: object) -> Random:
        return Random(f"{self.seed}/{what}")  # noqa: S311


@dataclass
class Expected:
    """What must come of a workflow."""

    failing: set[str] = field(default_factory=set)
    """Steps that fail if they are reached; empty: it completes."""
    outputs: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """Output by step and iteration, of every step that can be reached."""
    iterations: dict[str, int] = field(default_factory=dict)


def expected(template: WorkflowTemplate, script: Script, workflow_input: dict[str, Any]) -> Expected:
    """Run ``template`` one step at a time until nothing is left that can run."""
    by_id = {step.id: step for step in template.steps}
    made = Expected(iterations=dict.fromkeys(by_id, 0))
    done: dict[str, dict[str, Any]] = {}
    feedback: dict[str, object] = dict.fromkeys(by_id)
    while True:
        ready = [
            s for s in template.steps if s.id not in done and s.id not in made.failing and set(s.needs) <= set(done)
        ]
        if not ready:
            return made
        step = ready[0]
        iteration = made.iterations[step.id]
        if _attempts_run_out(step, script, iteration):
            made.failing.add(step.id)
            continue
        inputs = {**{need: done[need] for need in step.needs}, "workflow": workflow_input}
        output = script.output(step.id, iteration, inputs, feedback[step.id])
        made.outputs[step.id, iteration] = output
        if step.review is None or output["verdict"] != step.review.equals:
            done[step.id] = output
        elif iteration >= step.review.at_most:
            made.failing.add(step.id)
        else:
            for member in loop_body(by_id, step.id, step.review.back_to):
                done.pop(member, None)
                made.iterations[member] += 1
                feedback[member] = output


def _attempts_run_out(step: Step, script: Script, iteration: int) -> bool:
    failures = script.failures(step.id, iteration)
    return failures >= step.max_attempts or (failures > 0 and not script.retryable(step.id, iteration))


@dataclass
class ScriptedExecutor:
    """Does what the scripts say, with refusals of its own that must change nothing."""

    scripts: dict[str, Script]
    """By the workflow input's ``name``."""
    chance: Random

    async def run(self, run: StepRun, journal: Journal) -> StepOutcome:
        if self.chance.random() < 0.1:
            return Requeue("capacity", self.chance.choice([0, 0.02]))
        script = self.scripts[run.inputs["workflow"]["name"]]
        assert [turn.number for turn in run.turns] == list(range(1, len(run.turns) + 1))
        for number in range(len(run.turns) + 1, TURNS + 1):
            draft = ArtifactWrite(f"{run.step}.txt", "text/plain", f"{run.step} {run.iteration} {number}".encode())
            await journal.record_turn(number, {"number": number}, [], [draft], Usage(), [], "digest")
        if run.attempt <= script.failures(run.step, run.iteration):
            if self.chance.random() < 0.3 and script.retryable(run.step, run.iteration):
                raise RuntimeError("as executors sometimes do")
            return Failed("scripted", "As the script says.", script.retryable(run.step, run.iteration))
        return Completed(script.output(run.step, run.iteration, run.inputs, run.feedback))
