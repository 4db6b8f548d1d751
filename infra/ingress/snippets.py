"""Snippets of the controller's ConfigMap: what no annotation can say. Snippets of Ingress objects stay disabled.

They stand in every host's server, so each is keyed by host and path or means the same everywhere.
"""

import json
import re
from typing import Final

from contract.api import PROBLEM_MEDIA_TYPE, ErrorCode
from infra.ingress.annotations import HSTS_SECONDS
from infra.ingress.sites import api_host, ws_host
from infra.settings import Settings

API_CONNECTIONS: Final = 10
WEBSOCKET_CONNECTIONS: Final = 5
REFUSALS: Final = {
    413: (ErrorCode.BODY_TOO_LARGE, "Content Too Large", "The body is larger than this address accepts."),
    429: (ErrorCode.RATE_LIMITED, "Too Many Requests", "Too many requests or connections from this client address."),
}
"""What NGINX answers by itself, told as the API tells its own errors."""
HSTS: Final = ("map $https $mcp_hsts {", f'    on "max-age={HSTS_SECONDS}; preload";', '    default "";', "}")
"""For those refusals, which the controller's own header does not reach."""


def http_snippets(settings: Settings) -> str:
    """Who is counted for which limit of connections; an empty key is not counted."""
    lines = list(HSTS)
    if settings.rate_limiting.is_on:
        lines += [
            *_clients("$mcp_api_client", api_host(settings), "/api/"),
            *_clients("$mcp_ws_client", ws_host(settings), "/ws"),
            "limit_conn_zone $mcp_api_client zone=conn_limit:10m;",
            "limit_conn_zone $mcp_ws_client zone=conn_limit_ws:10m;",
        ]
    return "\n".join(lines)


def server_snippets(settings: Settings) -> str:
    """Limits of connections, metrics for the cluster alone, and NGINX's own refusals as problem documents."""
    lines: list[str] = []
    if settings.rate_limiting.is_on:
        lines += [
            f"limit_conn conn_limit {API_CONNECTIONS};",
            f"limit_conn conn_limit_ws {WEBSOCKET_CONNECTIONS};",
            "limit_conn_status 429;",
        ]
    return "\n".join([*lines, *everywhere()])


def everywhere() -> list[str]:
    """What every host's server has: metrics for the cluster alone, and refusals in the form of :data:`REFUSALS`."""
    lines = ["location = /metrics { return 404; }"]
    for status, (code, title, detail) in REFUSALS.items():
        lines += _refusal(status, code, title, detail)
    return lines


def _clients(variable: str, host: str, path: str) -> list[str]:
    return [
        f'map "$host$uri" {variable} {{',
        f'    "~^{re.escape(host)}{re.escape(path)}" $binary_remote_addr;',
        '    default "";',
        "}",
    ]


def _refusal(status: int, code: ErrorCode, title: str, detail: str) -> list[str]:
    document = {
        "type": f"urn:mcp-platform:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "$request_id",
    }
    return [
        f"error_page {status} @mcp_{code};",
        f"location @mcp_{code} {{",
        f"    default_type {PROBLEM_MEDIA_TYPE};",
        *(['    add_header Retry-After "1" always;'] if code is ErrorCode.RATE_LIMITED else []),
        '    add_header X-Request-Id "$request_id" always;',
        '    add_header Strict-Transport-Security "$mcp_hsts" always;',
        f"    return {status} '{json.dumps(document)}';",
        "}",
    ]
