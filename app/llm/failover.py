"""The providers in order of preference: one that does not answer is passed over, within a cap of upstream calls."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from app.llm.ports import Llm, LlmAnswer, Prompt, Provider, ProviderError
from contract.role import Role
from contract.turn import Usage

LOGGER = logging.getLogger(__name__)
UPSTREAM_CALLS: Final = 3
"""Upstream calls of one turn, failover and repair together."""
FIRST_SHARE: Final = 0.6
"""Part of the remaining time that a provider gets while another one waits behind it."""
LEAST_SECONDS: Final = 0.05


class LlmMetrics(Protocol):
    """What a call to a provider is counted by."""

    def upstream_call(self, provider: str, outcome: str, seconds: float, usage: Usage | None) -> None:
        """``outcome``: ``ok`` or a kind of trouble."""
        ...

    def failover(self, provider: str) -> None:
        """``provider`` was passed over."""
        ...


class LlmUnavailable(Exception):  # noqa: N818 - an outcome that callers name
    """No provider answered. ``timed_out``: because the turn's time was over; ``rejected``: the request is at fault."""

    def __init__(self, troubles: Sequence[ProviderError]) -> None:
        super().__init__("; ".join(str(trouble) for trouble in troubles) or "no time is left for an upstream call")
        self.timed_out = all(trouble.trouble == "timeout" for trouble in troubles)
        self.rejected = bool(troubles) and troubles[-1].trouble == "rejected"
        waits = [trouble.retry_after for trouble in troubles if trouble.retry_after is not None]
        self.retry_after = min(waits) if waits else None


class Spending:
    """What one turn has spent: upstream calls against the cap, and tokens."""

    def __init__(self, cap: int = UPSTREAM_CALLS) -> None:
        self.left = cap
        self.usage = Usage()

    def add(self, usage: Usage) -> None:
        """Sum up; one unknown makes the sum unknown."""
        self.usage = Usage(
            input_tokens=self.usage.input_tokens + usage.input_tokens,
            output_tokens=self.usage.output_tokens + usage.output_tokens,
            upstream_calls=self.usage.upstream_calls + 1,
            known=self.usage.known and usage.known,
        )


class Failover:
    """Asks the preferred provider, then the others, each once per question."""

    def __init__(
        self,
        providers: Sequence[Llm],
        fallback_models: Mapping[Provider, str],
        metrics: LlmMetrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``fallback_models``: model per provider where the role file names none."""
        if not providers:
            raise ValueError("at least one provider is needed")
        self.providers = tuple(providers)
        self._models = fallback_models
        self._metrics = metrics
        self._clock = clock

    def model(self, role: Role, provider: Provider) -> str:
        """The role file's model for ``provider``, else the process's."""
        return role.models.get(provider) or self._models[provider]

    async def complete(self, prompt: Prompt, deadline: float, spending: Spending) -> LlmAnswer:
        """An answer before ``deadline`` (monotonic seconds). Raises :class:`LlmUnavailable`."""
        troubles: list[ProviderError] = []
        for position, llm in enumerate(self.providers):
            last = position == len(self.providers) - 1 or spending.left == 1
            seconds = (deadline - self._clock()) * (1 if last else FIRST_SHARE)
            if spending.left <= 0 or seconds < LEAST_SECONDS:
                break
            try:
                return await self._ask(llm, prompt, seconds, spending)
            except ProviderError as trouble:
                LOGGER.warning("provider gave no answer", extra={"provider": llm.provider, "reason": str(trouble)})
                troubles.append(trouble)
                if trouble.trouble == "rejected":
                    break
                if not last:
                    self._metrics.failover(llm.provider)
        raise LlmUnavailable(troubles)

    async def _ask(self, llm: Llm, prompt: Prompt, seconds: float, spending: Spending) -> LlmAnswer:
        spending.left -= 1
        began = self._clock()
        try:
            answer = await llm.complete(prompt, self.model(prompt.role, llm.provider), seconds)
        except ProviderError as trouble:
            # A call that never came back may still be billed; one that was refused is not.
            spending.add(Usage(known=trouble.trouble not in ("timeout", "unavailable")))
            self._metrics.upstream_call(llm.provider, trouble.trouble, self._clock() - began, None)
            raise
        spending.add(answer.usage)
        self._metrics.upstream_call(llm.provider, "ok", self._clock() - began, answer.usage)
        return answer

    async def aclose(self) -> None:
        """Close every provider."""
        for llm in self.providers:
            await llm.aclose()
