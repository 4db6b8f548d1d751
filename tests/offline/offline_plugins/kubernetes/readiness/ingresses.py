"""Ingress: each path's Service has endpoints, and a controller has given the Ingress an address."""

from offline_plugins.kubernetes.readiness.status import at
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, waiting
from ops.controlplane.api import Json


def ingress(live: Json, around: Around) -> Verdict:
    """Wait for both; Services that do not come are put up with once the namespace's endpoints are quiet."""
    missing = _missing(live, around)
    if missing:
        return waiting(f"no endpoints of Services {', '.join(missing)}, which its paths lead to")
    if not at(live, "status", "loadBalancer", "ingress"):
        return waiting("no controller has given it a host name or address (.status.loadBalancer)")
    return READY


def _missing(live: Json, around: Around) -> list[str]:
    names = _services(live)
    namespace = live["metadata"]["namespace"]
    if not names:
        return []
    endpoints = around.api.list("v1", "Endpoints", namespace)
    missing = names - {each["metadata"]["name"] for each in endpoints}
    missing = {name for name in missing if not _external(name, namespace, around)}
    quiet = around.quiet.seconds([each["metadata"]["resourceVersion"] for each in endpoints])
    given_up = quiet >= around.settle if endpoints else around.quiet.age >= around.grace
    return [] if given_up else sorted(missing)


def _services(live: Json) -> set[str]:
    rules = at(live, "spec", "rules", default=[])
    paths = [path for rule in rules for path in at(rule, "http", "paths", default=[])]
    return {name for path in paths if (name := at(path, "backend", "service", "name"))}


def _external(name: str, namespace: str, around: Around) -> bool:
    found = around.api.get("v1", "Service", name, namespace)
    return found is not None and found["spec"].get("type") == "ExternalName"
