"""Which Services of a cluster a local platform shows on loopback, and on which ports."""

from contract.names import (
    CACHE,
    DATABASE_CLUSTER,
    ENGINE_SERVICE,
    Namespace,
    Port,
)
from ops.controlplane.api import Api
from ops.local.ports import PROMETHEUS, PortPlan
from ops.node.forward import Forward

PROMETHEUS_SERVICE = "prometheus-operated"


def forwards(api: Api, ports: PortPlan) -> list[Forward]:
    """Engine and events at their own ports, agents from 3001 on, database, cache and Prometheus moved up by 10000."""
    found = [
        Forward(ports.engine, f"{Namespace.ORCHESTRATION}/{ENGINE_SERVICE}", 80),
        Forward(ports.events, f"{Namespace.ORCHESTRATION}/{ENGINE_SERVICE}", Port.WEBSOCKET),
        Forward(ports.postgres, f"{Namespace.DATABASE}/{DATABASE_CLUSTER}", Port.DATABASE),
        Forward(ports.moved(Port.CACHE), f"{Namespace.CACHE}/{CACHE}", Port.CACHE),
    ]
    agents = sorted(each["metadata"]["name"] for each in api.list("v1", "Service", Namespace.AGENTS))
    found += [
        Forward(Port.AGENT + number + ports.offset, f"{Namespace.AGENTS}/{name}", Port.AGENT)
        for number, name in enumerate(agents)
    ]
    if api.get("v1", "Service", PROMETHEUS_SERVICE, Namespace.MONITORING) is not None:
        found.append(Forward(ports.moved(PROMETHEUS), f"{Namespace.MONITORING}/{PROMETHEUS_SERVICE}", PROMETHEUS))
    return found
