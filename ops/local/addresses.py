"""Where each Service's names lead on this machine: to the process that stands in for the pods it selects."""

from collections.abc import Iterable, Mapping

from contract.names import Port
from ops.controlplane.api import Json
from ops.local.fields import listed, section, text_map
from ops.local.objects import Key, Objects, Workload
from ops.local.replacement import Address


def addresses(objects: Objects, ports: Mapping[Key, Mapping[int, int]], postgres: int) -> list[Address]:
    """Every Service of ``objects``, and those that the PostgreSQL operator would make."""
    found = [
        Address(service["metadata"]["name"], service["metadata"]["namespace"], service_ports(service, target, ports))
        for service in objects.services
        if (target := selected(service, objects.workloads)) is not None
    ]
    for cluster in objects.clusters:
        namespace = cluster["metadata"]["namespace"]
        found += [Address(name, namespace, {Port.DATABASE: postgres}) for name in cluster_services(cluster)]
    return found


def selected(service: Json, workloads: Iterable[Workload]) -> Workload | None:
    """The workload whose pods a Service selects."""
    selector = text_map(service, "spec", "selector")
    if not selector:
        return None
    for each in workloads:
        if each.namespace == service["metadata"]["namespace"] and selector.items() <= each.labels.items():
            return each
    return None


def service_ports(service: Json, target: Workload, ports: Mapping[Key, Mapping[int, int]]) -> dict[int, int]:
    """Service port -> local port."""
    local = ports[target.namespace, target.name]
    named = {port["name"]: int(port["containerPort"]) for port in listed(target.container, "ports") if "name" in port}
    resolved: dict[int, int] = {}
    for port in listed(service["spec"], "ports"):
        wanted: int | str = port.get("targetPort", port["port"])
        container_port = named.get(wanted) if isinstance(wanted, str) and not wanted.isdigit() else int(wanted)
        if container_port is not None and container_port in local:
            resolved[int(port["port"])] = local[container_port]
    return resolved


def cluster_services(cluster: Json) -> list[str]:
    """Names of the Services that CloudNativePG makes for a cluster."""
    name = cluster["metadata"]["name"]
    managed = listed(section(cluster, "spec", "managed", "services"), "additional")
    return [f"{name}-rw", f"{name}-ro", f"{name}-r"] + [each["serviceTemplate"]["metadata"]["name"] for each in managed]
