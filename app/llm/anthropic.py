"""Anthropic's messages: tools as they are, the output as the input of one more tool that ends the step."""

from collections.abc import Callable
from typing import Any, Final, cast

import anthropic
from anthropic.types import Message as Reply

from app.llm.ports import Answered, LlmAnswer, Message, Prompt, Provider, ProviderError, Returned, Said
from app.llm.trouble import of_status, retry_after
from contract.turn import ToolCall, Usage

SUBMIT: Final = "submit_output"


class AnthropicLlm:
    """:class:`app.llm.ports.Llm` on the official SDK; attempts are counted by the caller, so it never retries."""

    provider: Provider = "anthropic"

    def __init__(self, api_key: Callable[[], str], base_url: str | None = None) -> None:
        """``api_key`` gives the key as it is now."""
        self._key = api_key
        self._client = anthropic.AsyncAnthropic(api_key=api_key(), base_url=base_url, max_retries=0)

    async def complete(self, prompt: Prompt, model: str, seconds: float) -> LlmAnswer:
        """One request. Raises :class:`ProviderError`."""
        self._client.api_key = self._key()
        try:
            reply = await self._client.messages.create(**_request(prompt, model), stream=False, timeout=seconds)
        except anthropic.APITimeoutError as error:
            raise ProviderError(self.provider, "timeout", f"no answer in {seconds:.0f} s") from error
        except anthropic.APIStatusError as error:
            wait = retry_after(error.response.headers)
            raise ProviderError(
                self.provider, of_status(error.status_code), f"HTTP {error.status_code}", wait
            ) from error
        except anthropic.APIError as error:
            raise ProviderError(self.provider, "unavailable", type(error).__name__) from error
        return _answer(reply, model)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._client.close()


def _request(prompt: Prompt, model: str) -> dict[str, Any]:
    tools: list[dict[str, Any]] = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.parameters} for tool in prompt.tools
    ]
    tools.append(
        {
            "name": SUBMIT,
            "description": "Give the final output of the step. Call it once, alone, when the work is done.",
            "input_schema": prompt.output_schema,
        }
    )
    # A transcript may name tools that are no longer offered; the provider only wants each use answered.
    choice = {"type": "any"} if prompt.tools else {"type": "tool", "name": SUBMIT}
    return {
        "model": model,
        "system": prompt.system,
        "messages": _messages(prompt.messages),
        "max_tokens": prompt.max_output_tokens,
        "tools": tools,
        "tool_choice": choice,
    }


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """Alternating turns: neighbours of one side are joined, since results and text of one side are one message."""
    told: list[dict[str, Any]] = []
    for message in messages:
        side, blocks = _blocks(message)
        if told and told[-1]["role"] == side:
            told[-1]["content"].extend(blocks)
        else:
            told.append({"role": side, "content": blocks})
    return told


def _blocks(message: Message) -> tuple[str, list[dict[str, Any]]]:
    match message:
        case Said(text):
            return "user", [{"type": "text", "text": text}]
        case Answered(text, calls):
            said: list[dict[str, Any]] = [{"type": "text", "text": text}] if text.strip() else []
            said += [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in calls]
            return "assistant", said or [{"type": "text", "text": "(no answer)"}]
        case Returned(results):
            return "user", [
                {
                    "type": "tool_result",
                    "tool_use_id": result.id,
                    "content": result.content or "(empty)",
                    "is_error": result.status != "ok",
                }
                for result in results
            ]


def _answer(reply: Reply, model: str) -> LlmAnswer:
    used = [block for block in reply.content if block.type == "tool_use"]
    text = "".join(block.text for block in reply.content if block.type == "text")
    calls = tuple(
        ToolCall(id=block.id, name=block.name, arguments=cast("dict[str, Any]", block.input))
        for block in used
        if block.name != SUBMIT
    )
    submitted = [cast("object", block.input) for block in used if block.name == SUBMIT]
    cached = (reply.usage.cache_creation_input_tokens or 0) + (reply.usage.cache_read_input_tokens or 0)
    return LlmAnswer(
        provider="anthropic",
        model=reply.model or model,
        tool_calls=calls,
        output=submitted[0] if submitted and not calls else None,
        text=text,
        usage=Usage(input_tokens=reply.usage.input_tokens + cached, output_tokens=reply.usage.output_tokens),
    )
