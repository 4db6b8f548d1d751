"""Annotations of mergeable Ingresses. Source: NGINX documentation, "Advanced configuration with Annotations"."""

from typing import Final

from infra.ingress.sites import RateLimit, Route
from infra.sections.ingress import AddressSource

MERGEABLE: Final = "nginx.org/mergeable-ingress-type"
TOO_MANY: Final = "429"
REALM: Final = "mcp-platform"
"""What a client is told that it may log in to."""
HSTS_SECONDS: Final = 31_536_000
"""One year."""


def site_annotations(source: AddressSource) -> dict[str, str]:
    """What holds for a whole host. A load balancer that speaks HTTP has ended TLS, and says so by X-Forwarded-Proto."""
    in_front = source is AddressSource.FORWARDED_FOR
    behind = {"nginx.org/redirect-to-https": "true", "nginx.org/hsts-behind-proxy": "true"} if in_front else {}
    return behind | {
        MERGEABLE: "master",
        "nginx.org/ssl-redirect": "false" if in_front else "true",
        "nginx.org/hsts": "true",
        "nginx.org/hsts-max-age": str(HSTS_SECONDS),
        "nginx.org/server-tokens": "false",
    }


def route_annotations(route: Route, *, scaled: bool) -> dict[str, str]:
    """What holds for one path; ``scaled`` divides its rate by the number of NGINX's replicas."""
    service = route.backend.service
    return {
        MERGEABLE: "minion",
        "nginx.org/proxy-read-timeout": "300s",
        "nginx.org/proxy-send-timeout": "300s",
        "nginx.org/client-max-body-size": route.body,
        **({"nginx.org/websocket-services": service} if route.websocket else {}),
        **({"nginx.org/ssl-services": service} if route.backend.tls else {}),
        **(_limit(route.limit, scaled) if route.limit else {}),
        **({"nginx.org/basic-auth-secret": route.logins, "nginx.org/basic-auth-realm": REALM} if route.logins else {}),
    }


def probe_annotations() -> dict[str, str]:
    """Of the Ingress without a host, which load balancers ask by address and without TLS."""
    return {"nginx.org/ssl-redirect": "false", "nginx.org/server-tokens": "false"}


def _limit(limit: RateLimit, scaled: bool) -> dict[str, str]:
    return {
        "nginx.org/limit-req-rate": f"{limit.per_second}r/s",
        "nginx.org/limit-req-burst": str(limit.burst),
        "nginx.org/limit-req-no-delay": "true",
        "nginx.org/limit-req-key": "${binary_remote_addr}",
        "nginx.org/limit-req-zone-size": "10m",
        "nginx.org/limit-req-reject-code": TOO_MANY,
        "nginx.org/limit-req-scale": "true" if scaled else "false",
    }
