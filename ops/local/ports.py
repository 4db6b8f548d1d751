"""Which TCP port of this machine stands for which container port.

The engine keeps its own; agents, which all listen on 3001 in their pods, get one after the other from there; what
machines often have already (PostgreSQL, a cache) moves up by 10000. ``MCP_PORT_OFFSET`` is added to every port.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contract.names import Namespace, Port
from ops.local.failure import LocalError
from ops.local.fields import listed
from ops.local.objects import Key, Workload

MOVED: Final = 10_000
API_SERVER: Final = 16443
ETCD: Final = 12379
PROMETHEUS: Final = 9090
LARGEST_OFFSET: Final = 65535 - MOVED - PROMETHEUS
"""Prometheus has the highest port of all."""


@dataclass(frozen=True)
class PortPlan:
    """Ports of one running platform."""

    offset: int = 0

    @property
    def api_server(self) -> int:
        """kube-apiserver."""
        return API_SERVER + self.offset

    @property
    def etcd(self) -> int:
        """Etcd's clients."""
        return ETCD + self.offset

    @property
    def postgres(self) -> int:
        """PostgreSQL."""
        return self.moved(Port.DATABASE)

    @property
    def engine(self) -> int:
        """The API."""
        return Port.HTTP + self.offset

    @property
    def events(self) -> int:
        """The event streams."""
        return Port.WEBSOCKET + self.offset

    def moved(self, port: int) -> int:
        """The place of a port that machines often use already."""
        return port + MOVED + self.offset

    def assign(self, workloads: Iterable[Workload]) -> dict[Key, dict[int, int]]:
        """For each workload: container port -> local port. Agents are counted in the order of their names."""
        assigned: dict[Key, dict[int, int]] = {}
        agents = 0
        for each in sorted(workloads, key=lambda workload: (workload.namespace, workload.name)):
            ports: dict[int, int] = {}
            for container_port in container_ports(each):
                match each.namespace:
                    case Namespace.AGENTS:
                        local, agents = container_port + agents, agents + 1
                    case Namespace.ORCHESTRATION:
                        local = container_port
                    case _:
                        local = container_port + MOVED
                ports[container_port] = local + self.offset
            assigned[each.namespace, each.name] = ports
        return assigned


def container_ports(workload: Workload) -> list[int]:
    """The ports that the container says it listens on."""
    return [int(port["containerPort"]) for port in listed(workload.container, "ports")]


def port_plan(environment: Mapping[str, str]) -> PortPlan:
    """The plan that ``MCP_PORT_OFFSET`` asks for. Raises :class:`LocalError` for an offset that cannot be."""
    text = environment.get("MCP_PORT_OFFSET", "0")
    if not text.isdigit() or int(text) > LARGEST_OFFSET:
        raise LocalError(f"MCP_PORT_OFFSET is {text!r}: set it to a whole number from 0 to {LARGEST_OFFSET}.")
    return PortPlan(int(text))
