"""Sites and their routes. A site is one host of the F5 NGINX Ingress Controller, a route one path with its own limit.

Limits are the specification's ("Rate Limiting Configuration").
"""

from dataclasses import dataclass
from typing import Final

from contract.names import ENGINE_SERVICE, INGRESS, Namespace, Port
from infra.settings import Settings

TLS_SECRET: Final = "mcp-platform-tls"  # noqa: S105 - the name of an object
UPLOAD_BODY: Final = "50m"


@dataclass(frozen=True)
class RateLimit:
    """Requests a second of one client address, and how many more at once."""

    per_second: int
    burst: int


API_LIMIT: Final = RateLimit(per_second=10, burst=20)
WEBSOCKET_LIMIT: Final = RateLimit(per_second=5, burst=10)
UPLOAD_LIMIT: Final = RateLimit(per_second=2, burst=5)


@dataclass(frozen=True)
class Backend:
    """A Service and its port. ``tls``: it speaks TLS itself."""

    service: str
    port: int
    tls: bool = False


@dataclass(frozen=True)
class Route:
    """One path.

    Attributes:
        name: of its Ingress; also what its limit is counted under.
        path: the path, and what begins with it; where ``exact``, that path alone.
        backend: who answers.
        limit: of one client address; None for what load balancers and probes ask.
        body: largest request body, as NGINX writes it.
        websocket: whether connections are upgraded.
        exact: see ``path``.
        logins: Secret of type ``nginx.org/htpasswd`` in the site's namespace: nobody else is let through.
    """

    name: str
    path: str
    backend: Backend
    limit: RateLimit | None = None
    body: str = "1m"
    websocket: bool = False
    exact: bool = False
    logins: str | None = None


@dataclass(frozen=True)
class Site:
    """One host: an Ingress ``name`` with its TLS, and one more for each route, all in ``namespace``."""

    name: str
    namespace: str
    host: str
    tls_secret: str
    routes: tuple[Route, ...]


def api_host(settings: Settings) -> str:
    """Host of the HTTP API."""
    return f"api.{settings.domain}"


def ws_host(settings: Settings) -> str:
    """Host of the WebSocket API."""
    return f"ws.{settings.domain}"


HTTP: Final = Backend(ENGINE_SERVICE, 80)
READY: Final = Route(f"{INGRESS}-ready", "/ready", HTTP, exact=True)


def sites(settings: Settings) -> tuple[Site, ...]:
    """The engine's two sites. Probes have no limit: a load balancer's address is not a client's."""

    def limited(limit: RateLimit) -> RateLimit | None:
        return limit if settings.rate_limiting.is_on else None

    websocket = Backend(ENGINE_SERVICE, Port.WEBSOCKET)
    api = (
        Route(f"{INGRESS}-api", "/api/", HTTP, limited(API_LIMIT)),
        Route(f"{INGRESS}-upload", "/upload", HTTP, limited(UPLOAD_LIMIT), body=UPLOAD_BODY),
        Route(f"{INGRESS}-health", "/health", HTTP, exact=True),
        READY,
        Route(f"{INGRESS}-root", "/", HTTP, limited(API_LIMIT)),
    )
    ws = (Route(f"{INGRESS}-ws", "/ws", websocket, limited(WEBSOCKET_LIMIT), websocket=True),)
    return (
        Site(INGRESS, Namespace.ORCHESTRATION, api_host(settings), TLS_SECRET, api),
        Site(f"{INGRESS}-ws-host", Namespace.ORCHESTRATION, ws_host(settings), TLS_SECRET, ws),
    )
