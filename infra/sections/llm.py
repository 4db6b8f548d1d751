"""Language models: whom agents ask."""

from enum import StrEnum

from pydantic import Field

from infra.sections.section import Section


class Provider(StrEnum):
    """Providers of language models; ``offline`` is deterministic and calls nobody."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    OFFLINE = "offline"


class Llm(Section):
    """Language models."""

    preference: tuple[Provider, ...] = Field(min_length=1)
    """Preferred provider first."""
    default_model: str = "gpt-4o"
    """DEFAULT_LLM_MODEL."""
    agent_model: str = "gpt-4o-mini"
    """LLM_MODEL of every agent whose role file names none."""
    offline_latency_seconds: float = Field(default=0, ge=0, le=600)
    """How long each answer of provider ``offline`` takes, so that something can be watched or killed meanwhile."""
