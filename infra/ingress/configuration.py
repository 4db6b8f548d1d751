"""Entries of the controller's ConfigMap. Source: NGINX documentation, "ConfigMap Resources"."""

from typing import Final

from infra.ingress.sites import api_host
from infra.ingress.snippets import http_snippets, server_snippets
from infra.sections.ingress import AddressSource, ClientAddress, IngressService, IngressSettings, ServiceType
from infra.settings import Settings

WORKERS: Final = 2
"""As many as the container may use cores: ``auto`` would count the node's."""
SHUTDOWN_SECONDS: Final = 300
"""Every change of a pod reloads NGINX: an old worker ends its connections by then. Seed: draining for 300 s."""
CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
"""Of TLS 1.2: forward secrecy and authenticated encryption."""
LOG: Final = {
    "time": "$time_iso8601",
    "level": "INFO",
    "logger": "nginx.access",
    "message": "request",
    "service": "ingress",
    "request_id": "$request_id",
    "client": "$remote_addr",
    "host": "$host",
    "method": "$request_method",
    "path": "$request_uri_no_args",
    "status": "$status",
    "bytes": "$body_bytes_sent",
    "seconds": "$request_time",
    "upstream": "$upstream_addr",
    "upstream_seconds": "$upstream_response_time",
}
"""One line of JSON for each request, with the keys of the platform's own logs. No query: it may hold a ticket."""
NUMBERS: Final = frozenset({"status", "bytes", "seconds"})


def entries(settings: Settings) -> dict[str, str]:
    """The ConfigMap's data in a region."""
    return configured(settings.ingress, http_snippets(settings), server_snippets(settings), api_host(settings))


def configured(ingress: IngressSettings, http: str, server: str, host: str) -> dict[str, str]:
    """The ConfigMap's data with these snippets; ``host`` is reported where the Service has no address to report."""
    return {
        "ssl-protocols": "TLSv1.2 TLSv1.3",
        "ssl-ciphers": CIPHERS,
        "server-tokens": "false",
        "client-max-body-size": "1m",
        "proxy-connect-timeout": "5s",
        "proxy-read-timeout": "300s",
        "proxy-send-timeout": "300s",
        "keepalive": "32",
        "worker-processes": str(WORKERS),
        "worker-connections": "8192",
        "worker-shutdown-timeout": f"{SHUTDOWN_SECONDS}s",
        "log-format": _log_format(),
        "log-format-escaping": "json",
        "http-snippets": http,
        "server-snippets": server,
        **_client_address(ingress.client_address),
        **_reported_address(ingress.service, host),
    }


def _log_format() -> str:
    fields = (f'"{key}":{value}' if key in NUMBERS else f'"{key}":"{value}"' for key, value in LOG.items())
    return "{" + ",".join(fields) + "}"


def _client_address(address: ClientAddress) -> dict[str, str]:
    match address.source:
        case AddressSource.CONNECTION:
            return {}
        case AddressSource.PROXY_PROTOCOL:
            own = {"proxy-protocol": "true", "real-ip-header": "proxy_protocol"}
        case AddressSource.FORWARDED_FOR:
            own = {"real-ip-header": "X-Forwarded-For", "real-ip-recursive": "true"}
    return own | {"set-real-ip-from": ",".join(address.trusted)}


def _reported_address(service: IngressService, host: str) -> dict[str, str]:
    if service.address is None and service.type is ServiceType.LOAD_BALANCER:
        return {}
    return {"external-status-address": service.address or host}
