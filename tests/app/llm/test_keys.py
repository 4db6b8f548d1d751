"""A provider's key that was replaced is used from the next call on."""

from collections.abc import Callable

import pytest

from app.llm.anthropic import AnthropicLlm
from app.llm.openai import OpenAiLlm
from app.llm.ports import ProviderError
from app.llm.prompt import render
from tests.agents.provider import Scripted, fake_provider
from tests.agents.turns import role, turn


@pytest.mark.anyio
@pytest.mark.parametrize(
    "make", [lambda key, url: OpenAiLlm(key, f"{url}/v1"), AnthropicLlm], ids=["openai", "anthropic"]
)
async def test_the_key_of_now_is_shown_at_each_call(
    make: Callable[[Callable[[], str], str], OpenAiLlm | AnthropicLlm],
) -> None:
    keys = ["sk-first"]
    with fake_provider(Scripted(status=503), Scripted(status=503)) as fake:
        llm = make(lambda: keys[-1], fake.url)
        for key in ("sk-first", "sk-second"):
            keys.append(key)
            with pytest.raises(ProviderError):
                await llm.complete(render(role("developer"), turn()), "model", 5)
        await llm.aclose()
    assert [headers["authorization"] for _, headers, _ in fake.asked] == ["Bearer sk-first", "Bearer sk-second"]
