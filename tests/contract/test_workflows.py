"""Workflow graphs: what is sound, what is refused, and what a review loop repeats."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import ContractError
from contract.workflow import Review, Step, WorkflowTemplate, check_graph, loop_body, parse_workflow, topological


def step(id_: str, *needs: str, back_to: str | None = None) -> Step:
    review = None if back_to is None else Review(back_to=back_to)
    return Step(id=id_, role="developer", task="t", needs=needs, review=review)


def body(steps: tuple[Step, ...], reviewer: str, back_to: str) -> set[str]:
    return loop_body({each.id: each for each in steps}, reviewer, back_to)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((step("a"), step("a")), "two steps have the same id"),
        ((step("workflow"),), "a step may not be called workflow: .*"),
        ((step("a", "b"),), "step a needs b, which does not exist"),
        ((step("a"), step("b", "a", "a")), "step b lists a need twice"),
        ((step("a", "a"),), "steps form a cycle: a"),
        ((step("a", "c"), step("b", "a"), step("c", "b"), step("d")), "steps form a cycle: a, b, c"),
        ((step("a", back_to="z"),), "step a sends work back to z, which does not exist"),
        ((step("a"), step("b", back_to="a")), "step b sends work back to a, which it does not depend on"),
        (
            (step("a"), step("b", "a", back_to="a"), step("c", "a")),
            "step c needs a inside the review loop of b: let it need b, so that it never .*",
        ),
        (
            (step("a"), step("b", "a"), step("c", "b", back_to="a"), step("d", "c", back_to="b")),
            "review loops overlap at b, c",
        ),
    ],
)
def test_an_unsound_graph_is_refused_with_its_reason(steps: tuple[Step, ...], reason: str) -> None:
    with pytest.raises(ValueError, match="^" + reason + "$"):
        check_graph(steps)


def test_a_loop_repeats_every_path_from_its_target_to_the_reviewer() -> None:
    steps = (
        step("before"),
        step("a", "before"),
        step("b", "a"),
        step("c", "a"),
        step("beside", "before"),
        step("review", "b", "c", "beside", back_to="a"),
        step("after", "review"),
    )
    check_graph(steps)
    assert body(steps, "review", "a") == {"a", "b", "c", "review"}


def test_loops_one_after_the_other_are_sound() -> None:
    check_graph((step("a"), step("b", "a", back_to="a"), step("c", "b"), step("d", "c", back_to="c")))


def test_a_reviewer_that_sends_work_back_to_itself_repeats_alone() -> None:
    steps = (step("a"), step("b", "a", back_to="b"))
    check_graph(steps)
    assert body(steps, "b", "b") == {"b"}


@pytest.mark.parametrize(
    "text",
    ["", "name: x", "name: Bad Name\nsteps: []", "name: x\nsteps: [{id: a, role: r, task: t, neds: [b]}]", "name: ["],
)
def test_a_file_that_is_no_template_names_itself(text: str) -> None:
    with pytest.raises(ContractError, match=r"^w\.yaml: "):
        parse_workflow(text, "w.yaml")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Step, ...]:
    """Acyclic by construction: a step needs only earlier ones; then shuffled."""
    count = draw(st.integers(1, 12))
    steps = [
        step(
            f"s{n}", *draw(st.lists(st.sampled_from([f"s{m}" for m in range(n)]), unique=True, max_size=4)) if n else ()
        )
        for n in range(count)
    ]
    return tuple(draw(st.permutations(steps)))


@settings(max_examples=80, deadline=None)
@given(graphs())
def test_needs_come_first_in_the_order(steps: tuple[Step, ...]) -> None:
    check_graph(steps)
    order = topological(steps)
    assert sorted(order) == sorted(each.id for each in steps)
    for each in steps:
        assert all(order.index(need) < order.index(each.id) for need in each.needs)


@settings(max_examples=80, deadline=None)
@given(graphs(), st.data())
def test_an_edge_back_is_always_found(steps: tuple[Step, ...], data: st.DataObject) -> None:
    order = topological(steps)
    late = data.draw(st.integers(0, len(order) - 1))
    early = data.draw(st.integers(0, late))
    closed = tuple(
        each.model_copy(update={"needs": (*each.needs, order[late])}) if each.id == order[early] else each
        for each in steps
    )
    by_id = {each.id: each for each in steps}
    reaches = order[early] == order[late] or order[early] in ancestors(by_id, order[late])
    assert (len(topological(closed)) < len(steps)) == reaches


@settings(max_examples=80, deadline=None)
@given(graphs(), st.data())
def test_a_loop_body_is_what_lies_between(steps: tuple[Step, ...], data: st.DataObject) -> None:
    by_id = {each.id: each for each in steps}
    reviewer = data.draw(st.sampled_from(sorted(by_id)))
    target = data.draw(st.sampled_from(sorted({reviewer} | ancestors(by_id, reviewer))))
    between = {
        id_ for id_ in {reviewer} | ancestors(by_id, reviewer) if id_ == target or target in ancestors(by_id, id_)
    }
    assert loop_body(by_id, reviewer, target) == between


def ancestors(by_id: dict[str, Step], id_: str) -> set[str]:
    found: set[str] = set()
    for need in by_id[id_].needs:
        found |= {need} | ancestors(by_id, need)
    return found


def test_a_dense_graph_is_checked_at_once() -> None:
    steps = tuple(step(f"s{n}", *(f"s{m}" for m in range(n))) for n in range(300))
    began = time.monotonic()
    check_graph(steps)
    assert time.monotonic() - began < 2


def test_a_template_of_five_hundred_steps_is_checked_at_once() -> None:
    steps: list[dict[str, Any]] = [{"id": "s0", "role": "developer", "task": "t"}]
    steps += [{"id": f"s{n}", "role": "developer", "task": "t", "needs": [f"s{n - 1}"]} for n in range(1, 500)]
    steps[-1]["review"] = {"back_to": "s0"}
    assert len(WorkflowTemplate.model_validate({"name": "long", "steps": steps}).steps) == 500
