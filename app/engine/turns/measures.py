"""What the executor reports: durations of turns and ends of steps, by role."""

from typing import Protocol

from app.engine.metrics import EngineMetrics


class Measures(Protocol):
    """A sink for the executor's figures."""

    def turn_took(self, role: str, seconds: float) -> None:
        """One call of an agent ended, in whatever way."""
        ...

    def step_ended(self, role: str, status: str) -> None:
        """One run of a step ended: ``completed``, ``failed``, ``requeued`` or ``cancelled``."""
        ...


class EngineMeasures:
    """Writes to the engine's Prometheus metrics."""

    def __init__(self, metrics: EngineMetrics) -> None:
        self._metrics = metrics

    def turn_took(self, role: str, seconds: float) -> None:
        """``agent_response_duration_seconds{agent_role}``."""
        self._metrics.agent_response_duration.labels(role).observe(seconds)

    def step_ended(self, role: str, status: str) -> None:
        """``agent_executions_total{agent_role,status}``."""
        self._metrics.agent_executions.labels(role, status).inc()
