"""The controller's configuration as its code would write it, for what our Ingress objects and ConfigMap say.

A stand-in: the controller's own code is in no registry. ``test_rendering`` holds this one to what that code wrote for
the same objects (``frozen/``), directive by directive; anything that was not compared is refused here.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from tests.ingress.given import Given
from tests.ingress.rendering.servers import DEFAULT, Server, Site, server

MAIN = Path(__file__).with_name("main.conf")
KNOWN = frozenset(
    {
        "ssl-protocols",
        "ssl-ciphers",
        "server-tokens",
        "client-max-body-size",
        "proxy-connect-timeout",
        "proxy-read-timeout",
        "proxy-send-timeout",
        "keepalive",
        "worker-processes",
        "worker-connections",
        "worker-shutdown-timeout",
        "log-format",
        "log-format-escaping",
        "http-snippets",
        "server-snippets",
        "proxy-protocol",
        "real-ip-header",
        "real-ip-recursive",
        "set-real-ip-from",
        "external-status-address",
    }
)
MERGEABLE = "nginx.org/mergeable-ingress-type"


def render(given: Given) -> dict[str, str]:
    """Files below /etc/nginx by their paths."""
    if unknown := given.entries.keys() - KNOWN:
        raise NotImplementedError(f"entries that were never compared with the controller: {sorted(unknown)}")
    files = {"nginx.conf": _main(given.entries)}
    for site in _sites(given.ingresses):
        files[f"conf.d/{site.file}.conf"] = server(site, Server.of(given))
    return files


def _main(entries: Mapping[str, str]) -> str:
    words = {key.replace("-", "_"): value for key, value in entries.items()}
    return Template(MAIN.read_text(encoding="utf-8")).substitute(words)


def _sites(ingresses: list[dict[str, Any]]) -> Iterator[Site]:
    """Masters with their minions, which are in the order of their names, and the Ingress without a host."""
    minions: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(ingresses, key=lambda each: each["metadata"]["name"]):
        if each["metadata"]["annotations"].get(MERGEABLE) == "minion":
            minions.setdefault(each["spec"]["rules"][0]["host"], []).append(each)
    for each in ingresses:
        kind = each["metadata"]["annotations"].get(MERGEABLE)
        host = each["spec"]["rules"][0].get("host", "")
        if kind == "master":
            yield Site("{namespace}-{name}".format_map(each["metadata"]), host, each, minions.pop(host))
        elif kind is None and not host:
            yield Site(DEFAULT, host, each, [each])
        elif kind is None:
            raise NotImplementedError(f"{each['metadata']['name']} is neither mergeable nor without a host")
    if minions:
        raise ValueError(f"no master has these hosts: {sorted(minions)}")
