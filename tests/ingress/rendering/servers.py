"""One ``server`` and what belongs to it: upstreams, zones, locations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.ingress.given import Given

DEFAULT = "_default-server"
KNOWN = frozenset(
    {
        "mergeable-ingress-type",
        "ssl-redirect",
        "redirect-to-https",
        "hsts",
        "hsts-max-age",
        "hsts-behind-proxy",
        "server-tokens",
        "proxy-read-timeout",
        "proxy-send-timeout",
        "client-max-body-size",
        "websocket-services",
        "limit-req-rate",
        "limit-req-burst",
        "limit-req-no-delay",
        "limit-req-key",
        "limit-req-zone-size",
        "limit-req-reject-code",
        "limit-req-scale",
    }
)


@dataclass(frozen=True)
class Site:
    """A host, the Ingress that it is in, and those that its paths are in."""

    file: str
    host: str
    master: dict[str, Any]
    minions: list[dict[str, Any]]


@dataclass(frozen=True)
class Server:
    """What holds for every server."""

    entries: dict[str, str]
    endpoints: dict[str, list[str]]
    replicas: int

    @classmethod
    def of(cls, given: Given) -> "Server":
        """From what the controller is given."""
        return cls(given.entries, given.endpoints, given.replicas)


def server(site: Site, own: Server) -> str:
    """The file of ``site``."""
    lines = [line for each in _by_name(site.minions) for line in _upstream(each, own)]
    lines += [line for each in site.minions for line in _zone(each, own.replicas)]
    lines += ["server {", *_head(site, own)]
    for each in site.minions:
        lines += _location(each, site, own.entries)
    if not site.host:
        lines.append("location / { return 404; }")
    return "\n".join([*lines, "}", ""])


def _head(site: Site, own: Server) -> Iterator[str]:
    master, entries = annotations(site.master), own.entries
    suffix = " default_server" * (not site.host) + " proxy_protocol" * (entries.get("proxy-protocol") == "true")
    yield from (f"listen 80{suffix};", f"listen 443 ssl{suffix};")
    if site.host:
        meta = site.master["metadata"]
        secret = f"$secret_dir_path/{meta['namespace']}-{site.master['spec']['tls'][0]['secretName']}"
        yield from (f"ssl_certificate {secret};", f"ssl_certificate_key {secret};")
    else:
        yield "ssl_reject_handshake on;"
    yield from (f"set_real_ip_from {each};" for each in entries.get("set-real-ip-from", "").split(",") if each)
    if header := entries.get("real-ip-header"):
        yield f"real_ip_header {header};"
    if entries.get("real-ip-recursive") == "true":
        yield "real_ip_recursive on;"
    yield f"server_tokens {'off' if master['server-tokens'] == 'false' else 'on'};"
    yield f"server_name {site.host or '_'};"
    yield from _identity(site.master, 'set $resource_type "ingress";', 'set $service "-";')
    if master.get("hsts") == "true":
        condition = "$http_x_forwarded_proto = 'https'" if master.get("hsts-behind-proxy") == "true" else "$https = on"
        yield 'set $hsts_header_val ""; proxy_hide_header Strict-Transport-Security;'
        yield f'if ({condition}) {{ set $hsts_header_val "max-age={master["hsts-max-age"]}; preload"; }}'
        yield 'add_header Strict-Transport-Security "$hsts_header_val" always;'
    if master["ssl-redirect"] == "true":
        yield "if ($scheme = http) { return 301 https://$host:443$request_uri; }"
    if master.get("redirect-to-https") == "true":
        yield "if ($http_x_forwarded_proto = 'http') { return 301 https://$host$request_uri; }"
    yield entries["server-snippets"]


def _identity(ingress: dict[str, Any], before: str, after: str = "") -> Iterator[str]:
    meta = ingress["metadata"]
    yield f'{before} set $resource_name "{meta["name"]}"; set $resource_namespace "{meta["namespace"]}"; {after}'


def _location(ingress: dict[str, Any], site: Site, entries: dict[str, str]) -> Iterator[str]:
    path, own = ingress["spec"]["rules"][0]["http"]["paths"][0], annotations(ingress)
    service = path["backend"]["service"]
    yield f"location {'= ' if path['pathType'] == 'Exact' else ''}{path['path']} {{"
    yield f'set $service "{service["name"]}";'
    if site.host:
        yield from _identity(ingress, "")
    yield "proxy_http_version 1.1;"
    if service["name"] in own.get("websocket-services", "").split(","):
        yield "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
    else:
        yield 'proxy_set_header Connection "";'
    yield f"proxy_connect_timeout {entries['proxy-connect-timeout']};"
    for name in ("proxy-read-timeout", "proxy-send-timeout", "client-max-body-size"):
        yield f"{name.replace('-', '_')} {own.get(name, entries[name])};"
    scheme = "https" if annotations(site.master).get("redirect-to-https") == "true" else "$scheme"
    for header, value in (
        ("Host", "$host"),
        ("X-Real-IP", "$remote_addr"),
        ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
        ("X-Forwarded-Host", "$host"),
        ("X-Forwarded-Port", "$server_port"),
        ("X-Forwarded-Proto", scheme),
    ):
        yield f"proxy_set_header {header} {value};"
    yield f"proxy_buffering on; proxy_pass http://{_name(ingress)};"
    if "limit-req-rate" in own:
        burst = f"burst={own['limit-req-burst']} {'nodelay' if own['limit-req-no-delay'] == 'true' else ''}"
        yield f"limit_req zone={_zone_name(ingress)} {burst};"
        yield f"limit_req_log_level error; limit_req_status {own['limit-req-reject-code']};"
    yield "}"


def _upstream(ingress: dict[str, Any], own: Server) -> Iterator[str]:
    service = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    name = _name(ingress)
    yield f"upstream {name} {{ zone {name} 256k; random two least_conn;"
    for address in own.endpoints[f"{ingress['metadata']['namespace']}/{service['name']}{service['port']['number']}"]:
        yield f"server {address} max_fails=1 fail_timeout=10s max_conns=0;"
    yield f"keepalive {own.entries['keepalive']}; }}"


def _zone(ingress: dict[str, Any], replicas: int) -> Iterator[str]:
    own = annotations(ingress)
    if "limit-req-rate" in own:
        rate = own["limit-req-rate"]
        if own["limit-req-scale"] == "true":
            rate = _scaled(int(rate.removesuffix("r/s")), replicas)
        zone = f"{_zone_name(ingress)}:{own['limit-req-zone-size']}"
        yield f"limit_req_zone {own['limit-req-key']} zone={zone} rate={rate};"


def _scaled(rate: int, replicas: int) -> str:
    """Rounded down, by the minute where less than one a second is left."""
    return f"{rate // replicas}r/s" if rate >= replicas else f"{rate * 60 // replicas}r/m"


def _by_name(ingresses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(ingresses, key=lambda each: each["metadata"]["name"])


def _name(ingress: dict[str, Any]) -> str:
    rule, meta = ingress["spec"]["rules"][0], ingress["metadata"]
    service = rule["http"]["paths"][0]["backend"]["service"]
    host = rule.get("host", "_")
    return f"{meta['namespace']}-{meta['name']}-{host}-{service['name']}-{service['port']['number']}"


def _zone_name(ingress: dict[str, Any]) -> str:
    return f"{ingress['metadata']['namespace']}/{ingress['metadata']['name']}"


def annotations(ingress: dict[str, Any]) -> dict[str, str]:
    """Those that the controller reads, without their prefix."""
    own = {
        key.removeprefix("nginx.org/"): value
        for key, value in ingress["metadata"]["annotations"].items()
        if key.startswith("nginx.org/")
    }
    if unknown := own.keys() - KNOWN:
        raise NotImplementedError(f"annotations that were never compared with the controller: {sorted(unknown)}")
    return own
