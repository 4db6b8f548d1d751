"""The executor with an agent that does what the test says: honest, absent, slow or hostile."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.engine.catalogue import PinnedRole
from app.engine.durable.ports import Completed, Failed, LeaseLost, Requeue, StepOutcome
from app.engine.turns.executor import AgentExecutor
from app.engine.turns.link import AgentLost, AgentUnreachable
from contract.role import digest
from contract.turn import ToolCall, TurnRefusal, TurnRequest, TurnResponse, Usage
from tests.agents.journal import MemoryJournal
from tests.agents.turns import WORKFLOW, developer_output, recorded, role, role_text, step_run

Line = TurnResponse | TurnRefusal | Exception
DIGEST = digest(role_text("developer"))


@dataclass
class ScriptedAgent:
    lines: list[Line]
    asked: list[TurnRequest] = field(default_factory=list)

    async def take_turn(self, url: str, turn: TurnRequest, token: str, seconds: float) -> TurnResponse | TurnRefusal:
        assert (url, token, seconds) == ("http://agent/mcp", "token", 70.0)
        self.asked.append(turn)
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            raise line
        return line


@dataclass
class Figures:
    turns: list[str] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)

    def turn_took(self, role: str, seconds: float) -> None:
        assert seconds >= 0
        self.turns.append(role)

    def step_ended(self, role: str, status: str) -> None:
        self.ended.append((role, status))


def response(**given: Any) -> TurnResponse:
    return TurnResponse(provider="offline", model="offline", usage=Usage(output_tokens=3), **given)


def calls(*named: tuple[str, dict[str, Any]]) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(id=f"c{n}", name=name, arguments=arguments) for n, (name, arguments) in enumerate(named))


DONE = response(output=developer_output())
LOOK = response(tool_calls=calls(("list_artifacts", {"glob": "**"})))


def executor(agent: ScriptedAgent, figures: Figures | None = None, **limits: Any) -> AgentExecutor:
    changed = role("developer").limits.model_copy(update=limits)
    pinned = PinnedRole(role("developer").model_copy(update={"limits": changed}), DIGEST)
    return AgentExecutor(
        lambda: {"developer": pinned},
        lambda: {"developer": "http://agent/mcp"},
        agent,
        lambda _: "token",
        figures or Figures(),
        agent_timeout=60.0,
    )


def memory() -> MemoryJournal:
    return MemoryJournal(WORKFLOW, "work")


async def play(*lines: Line, journal: MemoryJournal | None = None, **run: Any) -> StepOutcome:
    return await executor(ScriptedAgent(list(lines))).run(step_run(**run), journal or memory())


@pytest.mark.anyio
async def test_each_turn_is_recorded_before_the_next_is_asked() -> None:
    journal = memory()

    class Watching(ScriptedAgent):
        async def take_turn(self, url: str, turn: TurnRequest, token: str, seconds: float) -> Any:
            assert [done.number for done in journal.turns] == list(range(1, turn.number))
            return await super().take_turn(url, turn, token, seconds)

    agent, figures = Watching([LOOK, LOOK, DONE]), Figures()
    outcome = await executor(agent, figures).run(step_run(), journal)
    assert outcome == Completed(developer_output())
    assert [turn.number for turn in agent.asked] == [1, 2, 3]
    assert [len(turn.transcript) for turn in agent.asked] == [0, 1, 2]
    assert journal.digests == [DIGEST] * 3
    assert journal.usages[0].output_tokens == 3
    assert figures.turns == ["developer"] * 3
    assert figures.ended == [("developer", "completed")]


@pytest.mark.anyio
async def test_recorded_turns_are_not_asked_for_again() -> None:
    before = (recorded(1, tool_calls=[{"id": "c", "name": "list_artifacts", "arguments": {}}]), recorded(2, text="x"))
    agent, journal = ScriptedAgent([DONE]), memory()
    outcome = await executor(agent).run(step_run(turns=before, attempt=2), journal)
    assert isinstance(outcome, Completed)
    assert [turn.number for turn in agent.asked] == [3]
    assert agent.asked[0].transcript[0].tool_calls[0].name == "list_artifacts"
    assert [turn.number for turn in journal.turns] == [3]


@pytest.mark.anyio
async def test_a_recorded_output_completes_without_asking() -> None:
    before = (recorded(1, output=developer_output()),)
    assert await play(turns=before) == Completed(developer_output())


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (TurnRefusal(code="capacity", detail="busy"), Requeue("capacity: busy", 1.0)),
        (TurnRefusal(code="provider_unavailable", detail="d"), Requeue("provider_unavailable: d", 5.0)),
        (TurnRefusal(code="provider_unavailable", detail="d", retry_after=9), Requeue("provider_unavailable: d", 9)),
        (TurnRefusal(code="role_changed", detail="d"), Requeue("role_changed: d", 2.0)),
        (TurnRefusal(code="timeout", detail="d"), Failed("timeout", "d", retryable=True)),
        (TurnRefusal(code="internal", detail="d"), Failed("internal", "d", retryable=True)),
        (TurnRefusal(code="invalid_output", detail="d"), Failed("invalid_output", "d", retryable=True)),
        (TurnRefusal(code="unauthorized", detail="d"), Failed("unauthorized", "d", retryable=True)),
        (TurnRefusal(code="unknown_role", detail="d"), Failed("unknown_role", "d", retryable=True)),
        (AgentUnreachable("gone"), Requeue("agent of role developer: gone", 2)),
        (AgentLost("broke off"), Failed("agent_lost", "broke off", retryable=True)),
        (TimeoutError(), Failed("timeout", "no answer within 70 s", retryable=True)),
    ],
)
async def test_what_an_agent_refuses_becomes_an_outcome(line: Line, outcome: StepOutcome) -> None:
    journal = memory()
    assert await play(line, journal=journal) == outcome
    assert not journal.turns


@pytest.mark.anyio
async def test_a_role_without_file_or_agent_waits() -> None:
    outcome = await play(role="plumber")
    assert outcome == Requeue("role plumber has no file", 5)
    without = AgentExecutor(
        lambda: {"developer": PinnedRole(role("developer"), DIGEST)}, dict, ScriptedAgent([]), str, Figures(), 60.0
    )
    assert await without.run(step_run(), memory()) == Requeue("role developer has no agent", 5)
    assert without.limits() == {}


@pytest.mark.anyio
async def test_an_attempt_pinned_to_another_role_file_ends() -> None:
    outcome = await play(role_digest="0" * 64)
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("role_changed", True)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "hostile",
    [
        response(output={"summary": 3}),
        response(output={}),
        response(output=developer_output(extra="x")),
        response(output=developer_output(files=["/etc/passwd"])),
        response(output=developer_output(), tool_calls=calls(("list_artifacts", {}))),
        response(),
        response(text="I am done, trust me"),
    ],
)
async def test_an_output_off_its_schema_is_refused_again_by_the_engine(hostile: TurnResponse) -> None:
    journal = memory()
    outcome = await play(hostile, journal=journal)
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("invalid_output", True)
    assert journal.turns[0].response["output"] is None
    assert [audit.object for audit in journal.audits] == ["output"]


@pytest.mark.anyio
async def test_after_a_refused_output_the_next_attempt_goes_on() -> None:
    journal = memory()
    await play(response(output={}), journal=journal)
    agent = ScriptedAgent([DONE])
    outcome = await executor(agent).run(step_run(turns=tuple(journal.turns), attempt=2), journal)
    assert isinstance(outcome, Completed)
    assert agent.asked[0].number == 2


@pytest.mark.anyio
async def test_a_hostile_agent_writes_nothing_outside_the_globs() -> None:
    bad = calls(
        ("write_artifact", {"path": "../../etc/cron.d/x", "content": "x"}),
        ("write_artifact", {"path": "reviews/approved.md", "content": "approved"}),
        ("run_shell", {"command": "id"}),
        ("write_artifact", {"path": "src/fine.py", "content": "x = 1"}),
        ("write_artifact", {"path": "src/huge.py", "content": "x" * 1_000_001}),
    )
    journal = memory()
    assert isinstance(await play(response(tool_calls=bad), DONE, journal=journal), Completed)
    assert list(journal.drafts) == ["src/fine.py"]
    assert [result["status"] for result in journal.turns[0].results] == ["refused"] * 3 + ["ok", "refused"]
    assert len(journal.audits) == 4


@pytest.mark.anyio
async def test_turns_end_at_the_roles_limit() -> None:
    agent, journal = ScriptedAgent([LOOK, LOOK, LOOK]), memory()
    outcome = await executor(agent, turns=3).run(step_run(), journal)
    assert [turn.final for turn in agent.asked] == [False, False, True]
    assert isinstance(outcome, Failed)
    assert outcome.code == "invalid_output"
    again = await executor(ScriptedAgent([]), turns=3).run(step_run(turns=tuple(journal.turns), attempt=2), journal)
    assert isinstance(again, Failed)
    assert (again.code, again.retryable) == ("turns_exhausted", False)


@pytest.mark.anyio
async def test_a_lost_lease_ends_the_run() -> None:
    journal, figures = memory(), Figures()
    journal.lost = True
    with pytest.raises(LeaseLost):
        await executor(ScriptedAgent([LOOK]), figures).run(step_run(), journal)
    assert figures.ended == [("developer", "failed")]


@pytest.mark.anyio
async def test_a_cancelled_run_ends_at_once() -> None:
    asked = asyncio.Event()

    class Slow(ScriptedAgent):
        async def take_turn(self, *_: object) -> Any:
            asked.set()
            await asyncio.Event().wait()

    figures = Figures()
    run = asyncio.create_task(executor(Slow([]), figures).run(step_run(), memory()))
    async with asyncio.timeout(5):
        await asked.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert figures.ended == [("developer", "cancelled")]
    assert figures.turns == ["developer"]


@pytest.mark.anyio
async def test_text_that_postgresql_cannot_keep_is_replaced() -> None:
    journal = memory()
    odd = response(output=developer_output(summary="a\x00b", notes=["\ud800"]), text="\x00")
    assert await play(odd, journal=journal) == Completed(developer_output(summary="a\ufffdb", notes=["?"]))
    assert "\\u0000" not in str(journal.turns)


@pytest.mark.anyio
async def test_inputs_that_fit_no_request_fail_without_a_retry() -> None:
    outcome = await play(inputs={"workflow": {"brief": "x" * 4_100_000}})
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("request_too_large", False)


@pytest.mark.anyio
async def test_a_long_history_is_shortened_from_its_beginning() -> None:
    def wrote(n: int) -> dict[str, Any]:
        return {"id": f"c{n}", "name": "write_artifact", "arguments": {"path": f"src/{n}", "content": "x" * 400_000}}

    before = tuple(recorded(n, tool_calls=[wrote(n)]) for n in range(1, 6))
    agent = ScriptedAgent([DONE])
    assert isinstance(await executor(agent).run(step_run(turns=before), memory()), Completed)
    sizes = [len(record.tool_calls[0].arguments["content"]) for record in agent.asked[0].transcript]
    assert sizes[-2:] == [400_000, 400_000]
    assert max(sizes[:3]) < 300


@pytest.mark.anyio
async def test_a_role_sees_only_the_paths_it_may_read() -> None:
    analyst_only = PinnedRole(role("business_analyst"), "d")
    agent, journal = ScriptedAgent([TurnRefusal(code="capacity", detail="")]), memory()
    await executor(
        ScriptedAgent([response(tool_calls=calls(("write_artifact", {"path": "src/a", "content": ""}))), DONE])
    ).run(step_run(), journal)
    journal.commit()
    run = AgentExecutor(
        lambda: {"business_analyst": analyst_only},
        lambda: {"business_analyst": "http://agent/mcp"},
        agent,
        lambda _: "token",
        Figures(),
        60.0,
    )
    await run.run(step_run("business_analyst"), journal)
    assert agent.asked[0].artifacts == ()
