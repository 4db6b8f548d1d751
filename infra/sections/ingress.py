"""The way in: NGINX's replicas, the Service in front of them, and where a client's address comes from."""

import ipaddress
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from infra.presets import Replicas
from infra.sections.section import Host, OnOff, Section, Switch


class AddressSource(StrEnum):
    """Where NGINX reads a client's address, which every limit counts by."""

    CONNECTION = "connection"
    """The connection comes from the client itself: the load balancer passes packets on and preserves the address."""
    PROXY_PROTOCOL = "proxyProtocol"
    """The load balancer opens the connection and says the address in a PROXY protocol header."""
    FORWARDED_FOR = "forwardedFor"
    """The load balancer ends TLS, speaks HTTP to port 80 and says the address in X-Forwarded-For.

    ``trusted`` then has its own address too, which Google's appends behind the client's."""


class ServiceType(StrEnum):
    """How the Service in front of NGINX is reached."""

    LOAD_BALANCER = "LoadBalancer"
    NODE_PORT = "NodePort"
    CLUSTER_IP = "ClusterIP"
    """From inside, or by target groups that know the pods' addresses."""


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"is no range of addresses such as 10.0.0.0/16: {error}") from error
    if network.prefixlen < (8 if network.version == 4 else 16):
        raise ValueError("trusts so many addresses that a client could name its own: give the load balancer's range")
    return str(network)


TrustedNetwork = Annotated[str, AfterValidator(_network)]
"""A range that only load balancers have addresses in."""


class ClientAddress(Section):
    """Where a client's address comes from. A wrong answer puts all clients into one bucket, or lets them choose it."""

    source: AddressSource = AddressSource.CONNECTION
    """Who says the address."""
    trusted: tuple[TrustedNetwork, ...] = ()
    """Whose word is taken, where it is not the connection's own: nobody else's connection is let in either."""


class IngressService(Section):
    """The Service in front of NGINX."""

    type: ServiceType = ServiceType.LOAD_BALANCER
    """How it is reached."""
    annotations: dict[str, str] = {}
    """Of the cloud's load balancer controller."""
    address: Host | None = None
    """What Ingress objects report where no load balancer of the Service does; left out, the API's host."""


class IngressSettings(Section):
    """NGINX, where this stack installs it (``cluster.operators.ingressNginx: stack``)."""

    replicas: Replicas = Replicas(min=2, max=6)
    """Autoscaled by CPU between them."""
    service: IngressService = IngressService()
    """The Service in front of NGINX."""
    client_address: ClientAddress = ClientAddress()
    """Where a client's address comes from."""
    stickiness: OnOff = Switch.ON
    """On: one client's connections reach one replica (seed: CLIENT_IP for 3600 s), by the Service or what is in front.

    Off: rates are divided by the number of replicas, and limits of connections hold for each replica.
    """
