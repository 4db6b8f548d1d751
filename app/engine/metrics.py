"""The engine's metrics, on a registry of its own; the seed's names, and what its alerts need beside them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
TURN_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 150, 180, 240, 300, 600)
"""Seconds. The seed alerts on p95 above 120 s, so buckets reach beyond it."""
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class EngineMetrics:
    """Every metric of one engine process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.workflow_executions = Counter(
            "workflow_executions",
            "Workflows of the region that finished, by how; one replica reports.",
            ["status"],
            registry=self.registry,
        )
        self.workflow_executions_active = Gauge(
            "workflow_executions_active",
            "Workflows of the region that hold a slot; one replica reports.",
            registry=self.registry,
        )
        self.agent_response_duration = Histogram(
            "agent_response_duration_seconds",
            "Duration of one model turn; a time-out counts with its full duration.",
            ["agent_role"],
            buckets=TURN_BUCKETS,
            registry=self.registry,
        )
        self.agent_executions = Counter(
            "agent_executions", "Steps run under a role, by outcome.", ["agent_role", "status"], registry=self.registry
        )
        self.steps_ready = Gauge(
            "steps_ready",
            "Steps of the region that wait for an agent of the role; one replica reports. Agents scale by it.",
            ["agent_role"],
            registry=self.registry,
        )
        self.websocket_connections = Gauge("websocket_connections", "Open event streams.", registry=self.registry)
        self.websocket_closed = Counter(
            "websocket_closed", "Event streams ended, by reason.", ["reason"], registry=self.registry
        )
        self.http_requests = Counter(
            "http_requests",
            "Requests answered, by method and status; probes do not count.",
            ["method", "status"],
            registry=self.registry,
        )
        self.rate_limited = Counter("rate_limited_requests", "Requests refused with 429.", registry=self.registry)
        self.rate_limiter_unavailable = Counter(
            "rate_limiter_unavailable_requests",
            "Requests let through unlimited because the cache did not answer.",
            registry=self.registry,
        )
        for status in ("completed", "failed", "cancelled"):
            self.workflow_executions.labels(status)  # a ratio needs its zero before the first event

    def observe_request(self, method: str, status: int) -> None:
        """Count one answered request."""
        known = method if method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS") else "other"
        self.http_requests.labels(known, str(status)).inc()

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
