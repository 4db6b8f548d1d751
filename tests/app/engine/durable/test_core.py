"""The thin path: what is submitted is run, in order, and recorded."""

import pytest

from app.engine.durable.ports import Completed, Journal, StepOutcome, StepRun
from tests.app.engine.durable.harness import Platform, Scripted, chain, running, template

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


async def test_a_chain_runs_in_order_and_tells_each_event_once(platform: Platform) -> None:
    executor = Scripted()
    workflow = await platform.submit(chain(4))
    async with running(platform, executor):
        assert await platform.finished(workflow) == ["completed"]
    assert [run.step for run in executor.runs] == ["s0", "s1", "s2", "s3"]
    middle = [(kind, f"s{n}") for n in range(4) for kind in ("step.ready", "step.started", "step.completed")]
    assert await platform.events(workflow) == [
        ("workflow.queued", None),
        ("workflow.admitted", None),
        *middle,
        ("workflow.completed", None),
    ]


async def test_a_step_is_given_its_needs_outputs_and_the_input(platform: Platform) -> None:
    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        return Completed({"said": f"{run.step} of {run.inputs['workflow']['who']}"})

    executor = Scripted(act)
    made = template(
        {"id": "left", "task": "Greet {{input.who}}, {{input.times}} times, {{input.unknown}}."},
        {"id": "right"},
        {"id": "join", "needs": ["left", "right"]},
    )
    workflow = await platform.submit(made, who="Ada", times=2)
    async with running(platform, executor):
        await platform.finished(workflow)
    runs = {run.step: run for run in executor.runs}
    assert runs["left"].task == "Greet Ada, 2 times, {{input.unknown}}."
    assert runs["join"].inputs == {
        "left": {"said": "left of Ada"},
        "right": {"said": "right of Ada"},
        "workflow": {"who": "Ada", "times": 2},
    }
    assert (await platform.step(workflow, "join"))["output"] == {"said": "join of Ada"}
