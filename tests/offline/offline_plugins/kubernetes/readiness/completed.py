"""Objects that a controller completes: ResourceQuota, a service account's token, a CustomResourceDefinition."""

from offline_plugins.kubernetes.readiness.status import at, because, condition, holds
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, waiting
from ops.controlplane.api import Json

TOKEN = "kubernetes.io/service-account-token"


def quota(live: Json, around: Around) -> Verdict:
    """The limits are in force."""
    del around
    same = at(live, "spec", "hard", default={}) == at(live, "status", "hard", default={})
    return READY if same else waiting("its limits are not in force (.status.hard)")


def secret(live: Json, around: Around) -> Verdict:
    """A token has been filled in; other Secrets wait for nothing."""
    del around
    return READY if live.get("type") != TOKEN or live.get("data") else waiting("no token has been filled in")


def definition(live: Json, around: Around) -> Verdict:
    """Its kind is served."""
    del around
    if holds(live, "Established"):
        return READY
    refused = condition(live, "NamesAccepted")
    why = f": {because(refused)}" if refused.get("status") == "False" else ""
    return waiting(f"it is not established{why}")
