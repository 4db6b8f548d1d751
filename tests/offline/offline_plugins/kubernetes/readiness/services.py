"""Service: the pods it selects are ready, and a load balancer's address is there."""

from offline_plugins.kubernetes.readiness.status import at
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, waiting
from ops.controlplane.api import Json


def service(live: Json, around: Around) -> Verdict:
    """Wait for an address where one is to come, and until the endpoints are all ready and stay as they are.

    No pods at all are as good as ready ones, as long as that stays so. Headless and external Services and
    those without a selector do not wait for pods.
    """
    spec = live["spec"]
    kind = spec.get("type") or "ClusterIP"
    addressed = kind != "LoadBalancer" or bool(at(live, "status", "loadBalancer", "ingress"))
    unaddressed = "it was not allocated a load balancer's address"
    if kind == "ExternalName" or spec.get("clusterIP") == "None" or not spec.get("selector"):
        return READY if addressed else waiting(unaddressed)
    metadata = live["metadata"]
    found = around.api.get("v1", "Endpoints", metadata["name"], metadata["namespace"])
    settled = around.quiet.seconds(found and found["metadata"]["resourceVersion"]) >= around.settle
    subsets = (found or {}).get("subsets") or []
    ready, pending = (sum(len(each.get(key) or []) for each in subsets) for key in ("addresses", "notReadyAddresses"))
    if pending:
        return waiting(f"{ready} of the {ready + pending} Pods it selects are ready")
    if not addressed:
        return waiting(unaddressed)
    if found is not None and settled:
        return READY
    words = f"its {ready} endpoints have to stay as they are" if ready else "no Pod it selects is ready"
    return waiting(words, enough=True)
