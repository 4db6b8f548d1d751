"""The servers of a cache with several, each with its Sentinel."""

import hashlib
from dataclasses import dataclass
from typing import Final

from contract.names import CACHE, Namespace, Port, service_host

NODES_SERVICE: Final = "redis-nodes"
"""Headless Service that gives each pod a name which outlives it."""
GROUP: Final = "redis-cluster"
"""What the Sentinels call the master they watch."""
QUORUM: Final = 2
"""Sentinels that must agree: that the master is lost, and for the proxy who the master is."""


@dataclass(frozen=True)
class Member:
    """One server and its Sentinel, at one host."""

    host: str
    port: int = Port.CACHE
    sentinel_port: int = Port.CACHE_SENTINEL

    @property
    def sentinel_id(self) -> str:
        """Identity of its Sentinel, 40 hexadecimal digits.

        The same after a restart: the others would count a new one as one more, until no majority could be reached.
        """
        return hashlib.sha1(f"{self.host}:{self.sentinel_port}".encode(), usedforsecurity=False).hexdigest()


Members = tuple[Member, ...]


def members(replicas: int) -> Members:
    """The pods of the StatefulSet, by their stable names; number ``n`` is the pod of ordinal ``n``."""
    domain = service_host(NODES_SERVICE, Namespace.CACHE)
    return tuple(Member(f"{CACHE}-{ordinal}.{domain}") for ordinal in range(replicas))
