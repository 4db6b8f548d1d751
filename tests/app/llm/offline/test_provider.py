"""The offline model: the same for the same input, valid for any schema of a role, inside the role's globs."""

import ast
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.conformance import fault_of
from app.llm.offline.provider import OfflineLlm
from app.llm.offline.schema import Facts, fill
from app.llm.offline.subject import read_subject
from app.llm.ports import LlmAnswer, ProviderError
from app.llm.prompt import render
from contract.globs import matches
from contract.role import Role
from contract.turn import ToolResult, TurnRecord
from tests.agents.turns import role, turn

BRIEFS = ["Count words.", "", "Ünïcode \"quotes\" \\ and 'more'; class import def", "x" * 5000]
ROLE_IDS = ["business_analyst", "technical_architect", "developer", "qa_tester"]


async def play(under: Role, **changes: Any) -> list[LlmAnswer]:
    """Every answer of one step, each tool call granted."""
    llm, answers, transcript = OfflineLlm(), [], ()
    for number in range(1, under.limits.turns + 1):
        asked = turn(under.id, number=number, transcript=transcript, **changes)
        answer = await llm.complete(render(under, asked), "offline", 1)
        answers.append(answer)
        if answer.output is not None:
            break
        results = tuple(ToolResult(id=c.id, name=c.name, status="ok", content="ok") for c in answer.tool_calls)
        transcript = (*transcript, TurnRecord(tool_calls=answer.tool_calls, tool_results=results, text=answer.text))
    return answers


@pytest.mark.anyio
@pytest.mark.parametrize("role_id", ROLE_IDS)
@pytest.mark.parametrize(
    "brief", ["Count words.", "", "Ünïcode \"quotes\" \\ and 'more'; class import def", "x" * 5000]
)
async def test_a_step_looks_writes_and_answers_within_its_role(role_id: str, brief: str) -> None:
    under = role(role_id)
    answers = await play(under, inputs={"workflow": {"brief": brief}}, artifacts=("requirements/a.md",))
    assert fault_of(answers[-1].output, under.output_schema) is None
    used = [call for answer in answers for call in answer.tool_calls]
    assert [call.name for call in used][:2] == ["list_artifacts", "read_artifact"]
    writes = [call.arguments for call in used if call.name == "write_artifact"]
    assert writes
    for write in writes:
        assert matches(write["path"], under.artifacts.write)
        if write["path"].endswith(".py"):
            ast.parse(write["content"])


@pytest.mark.anyio
async def test_the_same_turn_gives_the_same_answer() -> None:
    assert await play(role("developer")) == await play(role("developer"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("brief", "iteration", "verdict"),
    [
        ("plain", 0, "approved"),
        ("needs-rework", 0, "changes_requested"),
        ("needs-rework", 1, "approved"),
        ("always-rework", 3, "changes_requested"),
    ],
)
async def test_marks_in_the_brief_decide_the_verdict(brief: str, iteration: int, verdict: str) -> None:
    answers = await play(role("qa_tester"), inputs={"workflow": {"brief": brief}}, iteration=iteration)
    output: Any = answers[-1].output
    assert output["verdict"] == verdict
    assert bool(output["findings"]) == (verdict == "changes_requested")


@pytest.mark.anyio
async def test_a_role_it_has_never_seen_gets_a_file_in_its_own_globs() -> None:
    under = Role.model_validate(
        {
            "id": "technical_writer",
            "title": "Technical writer",
            "purpose": "p",
            "instructions": "i",
            "tools": ["write_artifact"],
            "artifacts": {"write": ["docs/**"]},
            "output_schema": {"type": "object", "required": ["pages"], "properties": {"pages": {"type": "integer"}}},
        }
    )
    answers = await play(under)
    assert next(call.arguments["path"] for call in answers[0].tool_calls).startswith("docs/")
    assert fault_of(answers[-1].output, under.output_schema) is None


@pytest.mark.anyio
async def test_on_the_last_turn_it_answers() -> None:
    answer = await OfflineLlm().complete(render(role("developer"), turn(final=True)), "offline", 1)
    assert answer.output is not None


LEAVES = st.one_of(
    st.builds(lambda low: {"type": "string", "minLength": low, "maxLength": low + 50}, st.integers(0, 40)),
    st.builds(
        lambda low, step: {"type": "integer", "minimum": low * step, "multipleOf": step},
        st.integers(-9, 9),
        st.integers(1, 7),
    ),
    st.builds(lambda low: {"type": "number", "exclusiveMinimum": low}, st.integers(-9, 9)),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.builds(lambda values: {"enum": values}, st.lists(st.integers(), min_size=1, max_size=3)),
    st.builds(lambda value: {"const": value}, st.text(max_size=5)),
    st.just({"type": "string", "pattern": "^R[0-9]+$"}),
)
NAMES = st.sampled_from(["summary", "requirements", "findings", "artifacts", "notes", "id", "other", "path"])


def extend(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def an_object(properties: dict[str, Any]) -> dict[str, Any]:
        required = sorted(properties)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    arrays = st.builds(lambda items, low: {"type": "array", "items": items, "minItems": low}, inner, st.integers(0, 3))
    return st.one_of(arrays, st.builds(an_object, st.dictionaries(NAMES, inner, max_size=3)))


@settings(max_examples=80, deadline=None)
@given(schema=st.recursive(LEAVES, extend, max_leaves=12))
def test_what_it_fills_fits_the_schema(schema: dict[str, Any]) -> None:
    facts = Facts(read_subject(turn()), ("src/a.py",), ("requirements/a.md",), rework=True)
    assert fault_of(fill(schema, facts), schema) is None


@pytest.mark.anyio
async def test_an_answer_that_takes_longer_than_it_may_is_a_timeout_as_upstream() -> None:
    under = role("developer")
    with pytest.raises(ProviderError, match="no answer in 0 s"):
        await OfflineLlm(latency=5).complete(render(under, turn(under.id)), "offline", 0.01)


@pytest.mark.anyio
async def test_latency_changes_when_an_answer_comes_and_not_what_it_says() -> None:
    under = role("developer")
    prompt = render(under, turn(under.id))
    assert await OfflineLlm(0.01).complete(prompt, "offline", 1) == await OfflineLlm().complete(prompt, "offline", 1)
