"""Builds the providers that are configured, in order of preference; imports only their SDKs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.llm.ports import PROVIDERS, Llm, Provider


@dataclass(frozen=True)
class ProviderSettings:
    """What a provider needs. Keys are asked for at each call and kept out of ``repr``; ``offline`` needs none."""

    preference: tuple[Provider, ...]
    keys: dict[Provider, Callable[[], str]] = field(repr=False)
    base_urls: dict[Provider, str]
    offline_latency: float = 0
    """Seconds that each answer of ``offline`` takes."""


def usable(settings: ProviderSettings) -> tuple[Provider, ...]:
    """The preferred providers that have a key, in order."""
    return tuple(name for name in settings.preference if name == "offline" or name in settings.keys)


def build(settings: ProviderSettings) -> Sequence[Llm]:
    """One adapter per usable provider."""
    return [_build(name, settings) for name in usable(settings)]


def _build(name: Provider, settings: ProviderSettings) -> Llm:
    match name:
        case "openai":
            from app.llm.openai import OpenAiLlm

            return OpenAiLlm(settings.keys[name], settings.base_urls.get(name))
        case "anthropic":
            from app.llm.anthropic import AnthropicLlm

            return AnthropicLlm(settings.keys[name], settings.base_urls.get(name))
        case "offline":
            from app.llm.offline.provider import OfflineLlm

            return OfflineLlm(settings.offline_latency)


def named(names: Sequence[str]) -> tuple[Provider, ...]:
    """``names`` as providers, without repetition. Raises ``ValueError`` that names the unknown one."""
    unknown = [name for name in names if name not in PROVIDERS]
    if unknown:
        raise ValueError(f"names {unknown[0]!r}")
    return tuple(dict.fromkeys(provider for name in names for provider in PROVIDERS if provider == name))
