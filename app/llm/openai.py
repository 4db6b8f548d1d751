"""OpenAI's chat completions, and whatever speaks them: tools as functions, the output as a JSON-schema response."""

import json
from collections.abc import Callable
from typing import Any, cast

import openai
from openai.types.chat import ChatCompletion

from app.llm.arguments import read_arguments
from app.llm.ports import Answered, LlmAnswer, Message, Prompt, Provider, ProviderError, Returned, Said
from app.llm.trouble import of_status, retry_after
from contract.turn import ToolCall, Usage


class OpenAiLlm:
    """:class:`app.llm.ports.Llm` on the official SDK; attempts are counted by the caller, so it never retries."""

    provider: Provider = "openai"

    def __init__(self, api_key: Callable[[], str], base_url: str | None = None) -> None:
        """``api_key`` gives the key as it is now."""
        self._key = api_key
        self._client = openai.AsyncOpenAI(api_key=api_key(), base_url=base_url, max_retries=0)

    async def complete(self, prompt: Prompt, model: str, seconds: float) -> LlmAnswer:
        """One request. Raises :class:`ProviderError`."""
        self._client.api_key = self._key()
        try:
            answer = await self._client.chat.completions.create(
                **_request(prompt, model), stream=False, timeout=seconds
            )
        except openai.APITimeoutError as error:
            raise ProviderError(self.provider, "timeout", f"no answer in {seconds:.0f} s") from error
        except openai.APIStatusError as error:
            wait = retry_after(error.response.headers)
            raise ProviderError(
                self.provider, of_status(error.status_code), f"HTTP {error.status_code}", wait
            ) from error
        except openai.APIError as error:
            raise ProviderError(self.provider, "unavailable", type(error).__name__) from error
        return _answer(answer, model)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._client.close()


def _request(prompt: Prompt, model: str) -> dict[str, Any]:
    request: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": prompt.system}, *_messages(prompt.messages)],
        "max_completion_tokens": prompt.max_output_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "step_output", "schema": prompt.output_schema, "strict": False},
        },
    }
    if prompt.tools:
        request["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
            }
            for tool in prompt.tools
        ]
    return request


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for message in messages:
        match message:
            case Said(text):
                told.append({"role": "user", "content": text})
            case Answered(text, calls):
                answered: dict[str, Any] = {"role": "assistant", "content": text or None}
                if calls:
                    answered["tool_calls"] = [_called(call) for call in calls]
                elif not text:
                    answered["content"] = "(no answer)"
                told.append(answered)
            case Returned(results):
                told.extend(
                    {"role": "tool", "tool_call_id": result.id, "content": f"{result.status}: {result.content}"}
                    for result in results
                )
    return told


def _called(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
    }


def _answer(answer: ChatCompletion, model: str) -> LlmAnswer:
    if not answer.choices:
        raise ProviderError("openai", "unavailable", "an answer without choices")
    message = answer.choices[0].message
    calls = tuple(
        ToolCall(id=call.id, name=call.function.name, arguments=read_arguments(call.function.arguments))
        for call in message.tool_calls or ()
        if call.type == "function"
    )
    text = message.content or message.refusal or ""
    used = answer.usage
    usage = (
        Usage(input_tokens=used.prompt_tokens, output_tokens=used.completion_tokens)
        if used is not None
        else Usage(known=False)
    )
    return LlmAnswer(
        provider="openai",
        model=answer.model or model,
        tool_calls=calls,
        output=None if calls else _output(text),
        text=text,
        usage=usage,
    )


def _output(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return None
