"""The way to Grafana from outside."""

from typing import Final

from contract.names import Namespace
from infra import charts
from infra.ingress.sites import Backend, Route, Site
from infra.stack_settings import StackSettings

GRAFANA: Final = "grafana"
TLS_SECRET: Final = "grafana-tls"  # noqa: S105 - the name of an object
SERVICE: Final = Backend(f"{charts.PROMETHEUS.name}-grafana", 80)
"""The chart names it after its release."""


def grafana_host(settings: StackSettings) -> str:
    """Host of Grafana (seed, "Deployment Script")."""
    return f"grafana.{settings.domain}"


def grafana_site(settings: StackSettings) -> Site:
    """Grafana's host. Its live updates are WebSockets; who may look at what, it decides itself."""
    route = Route(f"{GRAFANA}-root", "/", SERVICE, websocket=True)
    return Site(GRAFANA, Namespace.MONITORING, grafana_host(settings), TLS_SECRET, (route,))
