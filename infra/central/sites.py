"""Where regions write to: one path for metrics, one for logs, and nothing else of either server is to be reached."""

from typing import Final

from contract.names import ELASTICSEARCH, Namespace, Port
from infra import charts
from infra.central.senders import LOGINS
from infra.central.settings import ObservatorySettings
from infra.ingress.sites import Backend, Route, Site
from infra.monitoring.names import PROMETHEUS_PORT

WRITE: Final = "/api/v1/write"
"""Prometheus' receiver of remote writes."""
BULK: Final = "/_bulk"
"""What fluent-plugin-elasticsearch writes to (out_elasticsearch.rb, send_bulk, without include_index_in_url)."""
BATCH: Final = "10m"
"""Largest body of one write; Prometheus sends at most 2,000 samples at once, compressed."""
CHUNK: Final = "32m"
"""Fluentd's chunk is 8 MB, and each of its records gets a line more."""


def metrics_host(settings: ObservatorySettings) -> str:
    """Host that takes metrics."""
    return f"metrics.{settings.domain}"


def logs_host(settings: ObservatorySettings) -> str:
    """Host that takes logs."""
    return f"logs.{settings.domain}"


def metrics_site(settings: ObservatorySettings) -> Site:
    """NGINX asks who writes: Prometheus itself knows no logins here."""
    server = Backend(f"{charts.PROMETHEUS.name}-prometheus", PROMETHEUS_PORT)
    write = Route("metrics-write", WRITE, server, body=BATCH, exact=True, logins=LOGINS)
    return Site("metrics", Namespace.MONITORING, metrics_host(settings), "metrics-tls", (write,))


def logs_site(settings: ObservatorySettings) -> Site:
    """Elasticsearch itself asks who writes, and what a user may; nothing can be read here."""
    server = Backend(f"{ELASTICSEARCH}-es-http", Port.ELASTICSEARCH, tls=True)
    bulk = Route("logs-bulk", BULK, server, body=CHUNK, exact=True)
    return Site("logs", Namespace.LOGGING, logs_host(settings), "logs-tls", (bulk,))
