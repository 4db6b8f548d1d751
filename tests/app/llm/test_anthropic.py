"""The Anthropic adapter against a local fake server that speaks the messages API.

No request leaves this machine: this proves what is sent and how answers are read, not how Anthropic behaves.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.llm.anthropic import SUBMIT, AnthropicLlm
from app.llm.ports import Answered, ProviderError, Said
from app.llm.prompt import render
from contract.turn import ToolCall, ToolResult, TurnRecord
from tests.agents.provider import FakeProvider, Scripted, fake_provider
from tests.agents.turns import developer_output, role, turn


def message(*blocks: dict[str, object]) -> Scripted:
    body = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": list(blocks),
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 3},
    }
    return Scripted(body=body)


def use(name: str, given: dict[str, object], id_: str = "toolu_1") -> dict[str, object]:
    return {"type": "tool_use", "id": id_, "name": name, "input": given}


@asynccontextmanager
async def client(fake: FakeProvider) -> AsyncIterator[AnthropicLlm]:
    llm = AnthropicLlm(lambda: "sk-ant-test", fake.url)
    try:
        yield llm
    finally:
        await llm.aclose()


@pytest.mark.anyio
async def test_the_output_is_the_input_of_the_tool_that_ends_the_step() -> None:
    with fake_provider(message({"type": "text", "text": "Done."}, use(SUBMIT, developer_output()))) as fake:
        async with client(fake) as llm:
            answer = await llm.complete(render(role("developer"), turn()), "claude-y", 5)
    assert answer.output == developer_output()
    assert answer.text == "Done."
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (9, 3)
    path, headers, body = fake.asked[0]
    assert path == "/v1/messages"
    assert headers["authorization"] == "Bearer sk-ant-test"  # as SDK 2 sends keys
    assert body["tool_choice"] == {"type": "any"}
    assert body["tools"][-1]["input_schema"] == role("developer").output_schema
    assert "submit_output" not in role("developer").tools


@pytest.mark.anyio
async def test_the_last_turn_must_submit() -> None:
    with fake_provider(message(use(SUBMIT, {}))) as fake:
        async with client(fake) as llm:
            await llm.complete(render(role("developer"), turn(final=True)), "claude-y", 5)
    assert fake.asked[0][2]["tool_choice"] == {"type": "tool", "name": SUBMIT}
    assert [tool["name"] for tool in fake.asked[0][2]["tools"]] == [SUBMIT]


@pytest.mark.anyio
async def test_an_output_beside_tool_calls_waits_until_they_are_answered() -> None:
    with fake_provider(message(use("read_artifact", {"path": "a"}), use(SUBMIT, {}, "toolu_2"))) as fake:
        async with client(fake) as llm:
            answer = await llm.complete(render(role("developer"), turn()), "claude-y", 5)
    assert answer.output is None
    assert answer.tool_calls == (ToolCall(id="toolu_1", name="read_artifact", arguments={"path": "a"}),)


@pytest.mark.anyio
async def test_sides_alternate_and_refusals_are_errors() -> None:
    record = TurnRecord(
        tool_calls=(ToolCall(id="t1", name="write_artifact", arguments={"path": "x"}),),
        tool_results=(ToolResult(id="t1", name="write_artifact", status="refused", content="no"),),
    )
    prompt = render(role("developer"), turn(number=2, transcript=(record,)), (Answered(""), Said("Again.")))
    with fake_provider(message(use(SUBMIT, {}))) as fake:
        async with client(fake) as llm:
            await llm.complete(prompt, "claude-y", 5)
    sent = fake.asked[0][2]["messages"]
    assert [told["role"] for told in sent] == ["user", "assistant", "user", "assistant", "user"]
    assert sent[2]["content"][0]["is_error"] is True
    assert all(block.get("text", "full") for told in sent for block in told["content"])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "trouble"),
    [(429, "rate_limited"), (529, "unavailable"), (500, "unavailable"), (403, "misconfigured"), (400, "rejected")],
)
async def test_a_failure_is_asked_once_and_named(status: int, trouble: str) -> None:
    failing = Scripted(status, {"type": "error", "error": {"type": "x", "message": "no"}})
    with fake_provider(failing, failing) as fake:
        async with client(fake) as llm:
            with pytest.raises(ProviderError) as failed:
                await llm.complete(render(role("developer"), turn()), "claude-y", 5)
    assert failed.value.trouble == trouble
    assert len(fake.asked) == 1


@pytest.mark.anyio
async def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    never = threading.Event()
    with fake_provider(Scripted(hold=never)) as fake:
        async with client(fake) as llm:
            with pytest.raises(ProviderError) as failed:
                await llm.complete(render(role("developer"), turn()), "claude-y", 0.2)
        never.set()
    assert failed.value.trouble == "timeout"
