"""Real NGINX with what the controller would write for stack ``prod``; a small server stands in for the engine."""

import itertools
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ops.controlplane.certificates import Subject, ensure_certificates
from ops.controlplane.ports import free_ports
from tests.ingress import machine
from tests.ingress.asking import API, WS, Client
from tests.ingress.given import SCENARIOS, given, prod
from tests.ingress.rendering.render import render
from tests.ingress.upstream import Upstream, serving

ADDRESSES = (f"127.0.{third}.{fourth}" for third in range(1, 255) for fourth in range(1, 255))
"""Each test takes addresses of its own, since limits remember them."""
NAMED = (f"198.51.100.{fourth}" for fourth in itertools.count(1))


@dataclass(frozen=True)
class Entrance:
    """NGINX and the engine's stand-in behind it."""

    nginx: machine.Nginx
    upstream: Upstream

    def client(self, host: str = API, **given: Any) -> Client:
        """A client at an address that nobody had before, over TLS."""
        return Client(**{"port": self.nginx.https, "address": next(ADDRESSES), "host": host} | given)

    def plain(self, host: str = API, **given: Any) -> Client:
        """The same without TLS."""
        return self.client(host, port=self.nginx.http, tls=None, **given)


@pytest.fixture(scope="session")
def named() -> Callable[[], str]:
    """An address for a load balancer to name, that nobody had before."""
    return lambda: next(NAMED)


@contextmanager
def entered(
    directory: Path, scenario: str, replicas: int, entries: Mapping[str, str] | None = None
) -> Generator[Entrance]:
    """NGINX in the settings of ``scenario``; ``entries`` replace some of the ConfigMap's."""
    http, https, status = free_ports(3)
    with serving() as upstream:
        own = given(prod(SCENARIOS[scenario]), upstream.address, upstream.address, replicas)
        changed = replace(own, entries=own.entries | dict(entries or {}))
        machine.install(render(changed), directory, http, https, status)
        pair = ensure_certificates(directory / "pki", {"nginx": Subject("nginx", hosts=(API, WS))}).pair("nginx")
        secret = pair.key.read_text(encoding="ascii") + pair.certificate.read_text(encoding="ascii")
        (directory / "secrets" / "mcp-orchestration-mcp-platform-tls").write_text(secret, encoding="ascii")
        with machine.running(directory, http, https) as nginx:
            yield Entrance(nginx, upstream)


@pytest.fixture(scope="session")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Generator[Entrance]:
    """Clients connect themselves; two replicas, of which each client meets one."""
    with entered(tmp_path_factory.mktemp("nginx"), "connection", replicas=2) as found:
        yield found


@pytest.fixture(scope="session")
def behind_proxy_protocol(tmp_path_factory: pytest.TempPathFactory) -> Generator[Entrance]:
    """Two replicas behind a load balancer that names clients by PROXY protocol and spreads each over both."""
    with entered(tmp_path_factory.mktemp("nginx"), "proxy-protocol", replicas=2) as found:
        yield found


@pytest.fixture(scope="session")
def behind_http(tmp_path_factory: pytest.TempPathFactory) -> Generator[Entrance]:
    """Behind a load balancer that ends TLS and names clients in X-Forwarded-For."""
    with entered(tmp_path_factory.mktemp("nginx"), "forwarded-for", replicas=2) as found:
        yield found
