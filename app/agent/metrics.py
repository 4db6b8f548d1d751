"""The agent's metrics, on a registry of its own. Whole turns are measured by the engine, upstream calls here."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from contract.turn import Usage

CONTENT_TYPE = CONTENT_TYPE_LATEST
CALL_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""Seconds."""


class AgentMetrics:
    """Every metric of one agent process; implements :class:`app.llm.failover.LlmMetrics`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.llm_requests = Counter(
            "llm_requests", "Upstream calls, by outcome.", ["provider", "outcome"], registry=self.registry
        )
        self.llm_duration = Histogram(
            "llm_request_duration_seconds",
            "Duration of one upstream call.",
            ["provider"],
            buckets=CALL_BUCKETS,
            registry=self.registry,
        )
        self.llm_tokens = Counter(
            "llm_tokens", "Tokens that providers reported.", ["provider", "direction"], registry=self.registry
        )
        self.llm_failovers = Counter(
            "llm_failovers", "Times a provider was passed over.", ["provider"], registry=self.registry
        )
        self.turns = Counter("agent_turns", "Turns answered, by result.", ["result"], registry=self.registry)
        self.turns_in_flight = Gauge("agent_turns_in_flight", "Turns being worked on.", registry=self.registry)
        self.repairs = Counter("agent_repairs", "Answers that needed a second try.", registry=self.registry)
        self.refused_calls = Counter(
            "agent_refused_tool_calls", "Tool calls of a model that its role lacks.", registry=self.registry
        )
        self.role_valid = Gauge(
            "agent_role_valid",
            "1 while the newest role file is in use, 0 while an older one is.",
            registry=self.registry,
        )
        self.role_valid.set(1)

    def upstream_call(self, provider: str, outcome: str, seconds: float, usage: Usage | None) -> None:
        """Count one upstream call."""
        self.llm_requests.labels(provider, outcome).inc()
        self.llm_duration.labels(provider).observe(seconds)
        if usage is not None:
            self.llm_tokens.labels(provider, "input").inc(usage.input_tokens)
            self.llm_tokens.labels(provider, "output").inc(usage.output_tokens)

    def failover(self, provider: str) -> None:
        """Count a provider that was passed over."""
        self.llm_failovers.labels(provider).inc()

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
