"""Which model a provider is asked for where the role file names none."""

from typing import Final

from app.llm.ports import PROVIDERS, Provider

LAST_RESORT: Final[dict[Provider, str]] = {
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "offline": "offline",
}


def family(model: str) -> Provider:
    """The provider that serves ``model``, by its name; anything unknown is taken for OpenAI's API, as proxies speak."""
    if model.startswith("claude"):
        return "anthropic"
    return "offline" if model.startswith("offline") else "openai"


def fallback_models(llm_model: str | None, default_llm_model: str | None) -> dict[Provider, str]:
    """LLM_MODEL, else DEFAULT_LLM_MODEL, for the provider that serves it: failover asks no provider for another's."""
    chosen = dict(LAST_RESORT)
    for model in (default_llm_model, llm_model):
        if model:
            chosen[family(model)] = model
    return {provider: chosen[provider] for provider in PROVIDERS}
