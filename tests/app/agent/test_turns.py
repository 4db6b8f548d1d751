"""One turn with a model that does what the test says: wrong, hostile, slow, or gone."""

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from app.agent.metrics import AgentMetrics
from app.agent.rolefile import RoleFile
from app.agent.turns import CALLS_PER_TURN, Turns
from app.llm.failover import UPSTREAM_CALLS, Failover
from app.llm.models import fallback_models
from app.llm.ports import LlmAnswer, Prompt, ProviderError
from contract.turn import TurnRefusal, TurnRequest, TurnResponse
from tests.agents.agents import ROLES
from tests.agents.scripted import Line, ScriptedLlm, calls, says
from tests.agents.turns import developer_output, role_text, turn

GOOD = says(developer_output())


def turns(llm: ScriptedLlm, timeout: float = 5.0, path: Path = ROLES / "developer.yaml") -> Turns:
    metrics = AgentMetrics()
    return Turns(RoleFile(path, "developer"), Failover([llm], fallback_models(None, None), metrics), metrics, timeout)


async def take(*lines: Line, **changes: Any) -> TurnResponse | TurnRefusal:
    return await turns(ScriptedLlm(list(lines))).take(turn(**changes))


@pytest.mark.anyio
async def test_a_good_output_is_answered() -> None:
    answer = await take(GOOD)
    assert isinstance(answer, TurnResponse)
    assert answer.output == developer_output()
    assert answer.usage.upstream_calls == 1


@pytest.mark.anyio
async def test_calls_of_tools_that_the_role_lacks_are_set_apart() -> None:
    answer = await take(calls(("run_shell", {"command": "id"}), ("list_artifacts", {"glob": "**"}), ("", {})))
    assert isinstance(answer, TurnResponse)
    assert [call.name for call in answer.tool_calls] == ["list_artifacts"]
    assert [call.name for call in answer.refused] == ["run_shell", ""]


@pytest.mark.anyio
async def test_a_flood_of_calls_is_cut() -> None:
    answer = await take(calls(*(("list_artifacts", {"glob": str(n)}) for n in range(50))))
    assert isinstance(answer, TurnResponse)
    assert (len(answer.tool_calls), len(answer.refused)) == (CALLS_PER_TURN, 50 - CALLS_PER_TURN)


WRONG = [says({"summary": 1}), says([1]), says("text"), says(text="Here you are."), says(developer_output(extra=1))]


@pytest.mark.anyio
@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_output_gets_one_repair(wrong: LlmAnswer) -> None:
    llm = ScriptedLlm([wrong, GOOD])
    answer = await turns(llm).take(turn())
    assert isinstance(answer, TurnResponse)
    assert answer.usage.upstream_calls == 2
    assert answer.usage.output_tokens == 2
    said = str(llm.asked[1].messages[-1])
    assert "That cannot be used" in said


@pytest.mark.anyio
@pytest.mark.parametrize("wrong", WRONG)
async def test_a_second_wrong_output_is_refused(wrong: LlmAnswer) -> None:
    llm = ScriptedLlm([wrong])
    answer = await turns(llm).take(turn())
    assert isinstance(answer, TurnRefusal)
    assert answer.code == "invalid_output"
    assert len(llm.asked) == 2


@pytest.mark.anyio
async def test_on_the_last_turn_tool_calls_are_refused() -> None:
    answer = await take(calls(("list_artifacts", {})), final=True)
    assert isinstance(answer, TurnRefusal)
    assert answer.code == "invalid_output"


@pytest.mark.anyio
async def test_repair_and_failover_stay_inside_the_cap() -> None:
    down = ProviderError("openai", "unavailable", "scripted")
    first, second = ScriptedLlm([down], "openai"), ScriptedLlm([says({})], "anthropic")
    metrics = AgentMetrics()
    router = Failover([first, second], fallback_models(None, None), metrics)
    answer = await Turns(RoleFile(ROLES / "developer.yaml", "developer"), router, metrics, 5).take(turn())
    assert isinstance(answer, TurnRefusal)
    assert len(first.asked) + len(second.asked) == UPSTREAM_CALLS


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (ProviderError("openai", "rate_limited", "x", 12), "provider_unavailable"),
        (ProviderError("openai", "unavailable", "x"), "provider_unavailable"),
        (ProviderError("openai", "timeout", "x"), "timeout"),
        (ProviderError("openai", "rejected", "x"), "internal"),
    ],
)
async def test_a_providers_trouble_becomes_a_refusal(trouble: ProviderError, code: str) -> None:
    answer = await take(trouble)
    assert isinstance(answer, TurnRefusal)
    assert (answer.code, answer.retry_after) == (code, 12 if trouble.retry_after else None)


@pytest.mark.anyio
async def test_a_fault_in_an_adapter_shows_nothing_of_itself() -> None:
    def breaks(_: Prompt) -> LlmAnswer:
        raise KeyError("sk-secret")

    answer = await take(breaks)
    assert isinstance(answer, TurnRefusal)
    assert answer.code == "internal"
    assert "sk-secret" not in answer.detail


class Hanging(ScriptedLlm):
    """Never answers; says when it was asked and when it was cancelled."""

    def __init__(self) -> None:
        super().__init__([GOOD])
        self.began = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def complete(self, *_: object) -> LlmAnswer:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        raise AssertionError


@pytest.mark.anyio
async def test_a_turn_that_takes_too_long_is_ended() -> None:
    llm = Hanging()
    answer = await turns(llm, timeout=0.1).take(turn())
    assert isinstance(answer, TurnRefusal)
    assert answer.code == "timeout"
    assert llm.cancelled.is_set()


@pytest.mark.anyio
async def test_a_wrong_answer_that_took_all_the_time_is_a_timeout_and_spends_an_attempt() -> None:
    """Were it a provider's fault, the engine would ask again and again without an attempt."""
    clock = iter([0.0, 0.0, 5.0, 5.0, 5.0])
    metrics = AgentMetrics()
    router = Failover(
        [ScriptedLlm([says({})])], fallback_models(None, None), metrics, lambda: time.monotonic() + next(clock, 5.0)
    )
    answer = await Turns(RoleFile(ROLES / "developer.yaml", "developer"), router, metrics, 5.0).take(turn())
    assert isinstance(answer, TurnRefusal)
    assert answer.code == "timeout"


@pytest.mark.anyio
async def test_no_more_turns_at_once_than_the_role_allows(tmp_path: Path) -> None:
    path = tmp_path / "developer.yaml"
    path.write_text(role_text("developer").replace("concurrent_tasks: 4", "concurrent_tasks: 1"))
    llm = Hanging()
    agent = turns(llm, path=path)
    asked = turn(role_digest=agent._role_file.held.digest)
    async with asyncio.timeout(5):
        first = asyncio.create_task(agent.take(asked))
        await llm.began.wait()
        second = await agent.take(asked)
        assert isinstance(second, TurnRefusal)
        assert (second.code, second.retry_after) == ("capacity", 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        third = asyncio.create_task(agent.take(asked))
        llm.began.clear()
        await llm.began.wait()  # the place is free again
        third.cancel()
        await asyncio.wait([third])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changes", "code"),
    [({"role_digest": "0" * 64}, "role_changed"), ({"role": "qa_tester"}, "unknown_role")],
)
async def test_a_turn_of_another_role_or_version_is_refused(changes: dict[str, Any], code: str) -> None:
    answer = await take(GOOD, **changes)
    assert isinstance(answer, TurnRefusal)
    assert answer.code == code


@pytest.mark.anyio
async def test_a_newer_role_is_read_when_the_engine_saw_it_first(tmp_path: Path) -> None:
    path = tmp_path / "developer.yaml"
    shutil.copy(ROLES / "developer.yaml", path)
    agent = turns(ScriptedLlm([GOOD]), path=path)
    path.write_text(role_text("developer") + "\n# newer\n")
    newer = RoleFile(path, "developer").held.digest
    asked: TurnRequest = turn(role_digest=newer)
    assert isinstance(await agent.take(asked), TurnResponse)


@pytest.mark.anyio
async def test_text_that_json_cannot_carry_is_replaced() -> None:
    answer = await take(says(developer_output(summary="\ud800\x00")))
    assert isinstance(answer, TurnResponse)
    assert answer.model_dump_json()
