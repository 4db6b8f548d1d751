"""Bounded review loops: work goes back, and at last it ends."""

import pytest

from app.engine.durable.ports import Completed, Journal, StepOutcome, StepRun
from tests.app.engine.durable.harness import Platform, Scripted, running, template

pytestmark = [pytest.mark.servers, pytest.mark.anyio]

LOOP = template(
    {"id": "plan"},
    {"id": "build", "needs": ["plan"]},
    {"id": "docs", "needs": ["build"]},
    {"id": "code", "needs": ["build", "plan"]},
    {"id": "review", "needs": ["docs", "code"], "review": {"back_to": "build", "at_most": 2}},
    {"id": "ship", "needs": ["review"]},
)


def _reviewer(approve_at: int) -> Scripted:
    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        if run.step != "review":
            return Completed({"by": run.step, "iteration": run.iteration})
        verdict = "approved" if run.iteration >= approve_at else "changes_requested"
        return Completed({"verdict": verdict, "iteration": run.iteration})

    return Scripted(act)


async def test_the_whole_body_runs_again_with_the_reviews_output_and_nothing_else_does(platform: Platform) -> None:
    executor = _reviewer(approve_at=1)
    workflow = await platform.submit(LOOP)
    async with running(platform, executor):
        assert await platform.finished(workflow) == ["completed"]
    runs = [(run.step, run.iteration) for run in executor.runs]
    body = {"build", "docs", "code", "review"}
    assert sorted(runs) == sorted([("plan", 0), ("ship", 0), *((step, n) for step in body for n in (0, 1))])
    assert runs.index(("build", 1)) < min(runs.index(("docs", 1)), runs.index(("code", 1)))
    assert max(runs.index(("docs", 1)), runs.index(("code", 1))) < runs.index(("review", 1))
    sent = {"verdict": "changes_requested", "iteration": 0}
    feedback = {(run.step, run.iteration): run.feedback for run in executor.runs}
    assert feedback["build", 0] is None and feedback["build", 1] == sent
    last = next(run for run in executor.runs if (run.step, run.iteration) == ("review", 1))
    assert last.inputs["code"] == {"by": "code", "iteration": 1}, "not the output that was sent back"
    kinds = [kind for kind, _ in await platform.events(workflow)]
    assert kinds.count("step.sent_back") == 1


async def test_a_review_that_is_never_content_fails_after_its_bound(platform: Platform) -> None:
    executor = _reviewer(approve_at=99)
    workflow = await platform.submit(LOOP)
    async with running(platform, executor):
        assert await platform.finished(workflow) == ["failed"]
    assert [run.iteration for run in executor.runs if run.step == "review"] == [0, 1, 2]
    review = await platform.step(workflow, "review")
    assert review["error"]["code"] == "review_exhausted"
    assert (await platform.step(workflow, "ship"))["status"] == "cancelled"
