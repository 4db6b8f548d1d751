"""Failover: who is asked, how often, with how much time, and what is charged."""

import time

import pytest

from app.agent.metrics import AgentMetrics
from app.llm.failover import UPSTREAM_CALLS, Failover, LlmUnavailable, Spending
from app.llm.models import fallback_models
from app.llm.ports import Prompt, ProviderError, Trouble
from app.llm.prompt import render
from tests.agents.scripted import ScriptedLlm, says
from tests.agents.turns import role, turn


def trouble(kind: Trouble, retry_after: float | None = None) -> ProviderError:
    return ProviderError("openai", kind, "scripted", retry_after)


def failover(*llms: ScriptedLlm, metrics: AgentMetrics | None = None) -> Failover:
    return Failover(llms, fallback_models("gpt-4o-mini", "gpt-4o"), metrics or AgentMetrics())


def prompt() -> Prompt:
    return render(role("developer"), turn())


def soon() -> float:
    return time.monotonic() + 10


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["rate_limited", "unavailable", "timeout", "misconfigured"])
async def test_a_provider_in_trouble_is_passed_over(kind: Trouble) -> None:
    first, second = ScriptedLlm([trouble(kind)], "openai"), ScriptedLlm([says({"ok": 1})], "anthropic")
    metrics, spending = AgentMetrics(), Spending()
    answer = await failover(first, second, metrics=metrics).complete(prompt(), soon(), spending)
    assert answer.output == {"ok": 1}
    assert (len(first.asked), len(second.asked)) == (1, 1)
    assert spending.usage.upstream_calls == 2
    assert spending.left == UPSTREAM_CALLS - 2
    assert 'llm_failovers_total{provider="openai"} 1.0' in metrics.exposition().decode()


@pytest.mark.anyio
async def test_a_request_that_is_at_fault_is_not_sent_elsewhere() -> None:
    first, second = ScriptedLlm([trouble("rejected")], "openai"), ScriptedLlm([says({})], "anthropic")
    with pytest.raises(LlmUnavailable) as failed:
        await failover(first, second).complete(prompt(), soon(), Spending())
    assert failed.value.rejected
    assert not second.asked


@pytest.mark.anyio
async def test_the_cap_of_upstream_calls_holds_over_failover_and_repair() -> None:
    first, second = ScriptedLlm([trouble("unavailable")], "openai"), ScriptedLlm([trouble("unavailable")], "anthropic")
    router, spending = failover(first, second), Spending()
    for _ in range(3):
        with pytest.raises(LlmUnavailable):
            await router.complete(prompt(), soon(), spending)
    assert len(first.asked) + len(second.asked) == UPSTREAM_CALLS


@pytest.mark.anyio
async def test_the_first_provider_leaves_time_for_the_second() -> None:
    first, second = ScriptedLlm([trouble("timeout")], "openai"), ScriptedLlm([says({})], "anthropic")
    await failover(first, second).complete(prompt(), soon(), Spending())
    assert first.seconds[0] == pytest.approx(6, abs=0.5)
    assert second.seconds[0] == pytest.approx(10, abs=0.5)


@pytest.mark.anyio
async def test_nobody_is_asked_when_no_time_is_left() -> None:
    only = ScriptedLlm([says({})])
    with pytest.raises(LlmUnavailable) as failed:
        await failover(only).complete(prompt(), time.monotonic(), Spending())
    assert failed.value.timed_out
    assert not only.asked


@pytest.mark.anyio
async def test_the_shortest_wait_that_a_provider_asks_for_is_told() -> None:
    first = ScriptedLlm([trouble("rate_limited", 30)], "openai")
    second = ScriptedLlm([trouble("rate_limited", 4)], "anthropic")
    with pytest.raises(LlmUnavailable) as failed:
        await failover(first, second).complete(prompt(), soon(), Spending())
    assert failed.value.retry_after == 4
    assert not failed.value.timed_out


@pytest.mark.anyio
@pytest.mark.parametrize(("kind", "known"), [("timeout", False), ("unavailable", False), ("rate_limited", True)])
async def test_a_call_that_never_came_back_leaves_the_usage_unknown(kind: Trouble, known: bool) -> None:
    first, second = ScriptedLlm([trouble(kind)], "openai"), ScriptedLlm([says({})], "anthropic")
    spending = Spending()
    await failover(first, second).complete(prompt(), soon(), spending)
    assert spending.usage.known is known


def test_no_provider_is_asked_for_the_model_of_another() -> None:
    models = fallback_models("gpt-4o-mini", "gpt-4o")
    assert models["openai"] == "gpt-4o-mini"
    assert models["anthropic"].startswith("claude")
    assert models["offline"] == "offline"
    assert fallback_models("claude-x", "gpt-4o") == models | {"openai": "gpt-4o", "anthropic": "claude-x"}


def test_the_role_file_chooses_the_model_first() -> None:
    router = failover(ScriptedLlm([says({})]))
    chosen = role("developer").model_copy(update={"models": {"openai": "gpt-5"}})
    assert router.model(chosen, "openai") == "gpt-5"
    assert router.model(role("developer"), "openai") == "gpt-4o-mini"
