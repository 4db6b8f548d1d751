"""The OpenAI adapter against a local fake server that speaks the chat completions API.

No request leaves this machine: this proves what is sent and how answers are read, not how OpenAI behaves.
"""

import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.llm.openai import OpenAiLlm
from app.llm.ports import ProviderError
from app.llm.prompt import render
from contract.turn import ToolCall, ToolResult, TurnRecord
from tests.agents.provider import FakeProvider, Scripted, fake_provider
from tests.agents.turns import developer_output, role, turn

USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def completion(message: dict[str, object], usage: dict[str, int] | None = USAGE) -> Scripted:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": None} | message}
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o-2024", "choices": [choice]}
    return Scripted(body=body | ({"usage": usage} if usage else {}))


@asynccontextmanager
async def client(fake: FakeProvider) -> AsyncIterator[OpenAiLlm]:
    llm = OpenAiLlm(lambda: "sk-test", f"{fake.url}/v1")
    try:
        yield llm
    finally:
        await llm.aclose()


@pytest.mark.anyio
async def test_an_output_is_read_from_the_json_schema_response() -> None:
    said = completion({"content": json.dumps(developer_output())})
    with fake_provider(said) as fake:
        async with client(fake) as llm:
            answer = await llm.complete(render(role("developer"), turn()), "gpt-4o", 5)
    assert answer.output == developer_output()
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.known) == (11, 7, True)
    assert answer.model == "gpt-4o-2024"
    path, headers, body = fake.asked[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer sk-test"
    assert body["model"] == "gpt-4o"
    assert body["max_completion_tokens"] == 1000
    assert body["response_format"]["json_schema"]["schema"] == role("developer").output_schema
    assert {tool["function"]["name"] for tool in body["tools"]} == set(role("developer").tools)


@pytest.mark.anyio
async def test_tool_calls_travel_there_and_back() -> None:
    called = {"id": "call_2", "type": "function", "function": {"name": "read_artifact", "arguments": '{"path": "a"}'}}
    record = TurnRecord(
        text="looking",
        tool_calls=(ToolCall(id="call_1", name="list_artifacts", arguments={"glob": "**"}),),
        tool_results=(ToolResult(id="call_1", name="list_artifacts", status="ok", content="(none)"),),
    )
    with fake_provider(completion({"tool_calls": [called]})) as fake:
        async with client(fake) as llm:
            answer = await llm.complete(render(role("developer"), turn(number=2, transcript=(record,))), "gpt-4o", 5)
    assert answer.tool_calls == (ToolCall(id="call_2", name="read_artifact", arguments={"path": "a"}),)
    assert answer.output is None
    sent = fake.asked[0][2]["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "tool"]
    assert sent[3] == {"role": "tool", "tool_call_id": "call_1", "content": "ok: (none)"}


@pytest.mark.anyio
async def test_the_last_turn_offers_no_tool() -> None:
    with fake_provider(completion({"content": "{}"})) as fake:
        async with client(fake) as llm:
            await llm.complete(render(role("developer"), turn(final=True)), "gpt-4o", 5)
    assert "tools" not in fake.asked[0][2]


@pytest.mark.anyio
async def test_an_answer_without_usage_is_unknown_usage() -> None:
    with fake_provider(completion({"content": "no json"}, usage=None)) as fake:
        async with client(fake) as llm:
            answer = await llm.complete(render(role("developer"), turn()), "gpt-4o", 5)
    assert not answer.usage.known
    assert answer.output is None
    assert answer.text == "no json"


@pytest.mark.anyio
async def test_arguments_that_are_no_json_reach_no_tool() -> None:
    called = {"id": "c", "type": "function", "function": {"name": "read_artifact", "arguments": '{"path": '}}
    with fake_provider(completion({"tool_calls": [called]})) as fake:
        async with client(fake) as llm:
            answer = await llm.complete(render(role("developer"), turn()), "gpt-4o", 5)
    assert answer.tool_calls[0].arguments == {"unreadable": '{"path": '}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (429, "rate_limited"),
        (500, "unavailable"),
        (503, "unavailable"),
        (401, "misconfigured"),
        (404, "misconfigured"),
        (400, "rejected"),
        (422, "rejected"),
    ],
)
async def test_a_failure_is_asked_once_and_named(status: int, trouble: str) -> None:
    failing = Scripted(status, {"error": {"message": "no"}}, {"retry-after": "7"})
    with fake_provider(failing, failing) as fake:
        async with client(fake) as llm:
            with pytest.raises(ProviderError) as failed:
                await llm.complete(render(role("developer"), turn()), "gpt-4o", 5)
    assert failed.value.trouble == trouble
    assert failed.value.retry_after == 7
    assert len(fake.asked) == 1
    assert "sk-test" not in str(failed.value)


@pytest.mark.anyio
async def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    never = threading.Event()
    with fake_provider(Scripted(hold=never)) as fake:
        async with client(fake) as llm:
            with pytest.raises(ProviderError) as failed:
                await llm.complete(render(role("developer"), turn()), "gpt-4o", 0.2)
        never.set()
    assert failed.value.trouble == "timeout"
