"""What holds for a namespace."""

from collections.abc import Iterator
from typing import Final

from contract.annotations import PRIVILEGED_BECAUSE
from policy.resources import UNKNOWN, Item, under
from policy.rules import Breach, ResourceRule, StackRule
from policy.stack import Stack

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
LEVEL: Final = "pod-security.kubernetes.io/enforce"


def namespaces_are_restricted(item: Item) -> Iterator[str]:
    """A namespace admits only `restricted` pods, or says why it cannot."""
    if item.type != NAMESPACE:
        return
    level = under(item.metadata, "labels").get(LEVEL)
    reason = under(item.metadata, "annotations").get(PRIVILEGED_BECAUSE)
    if level in ("restricted", UNKNOWN):
        return
    if level not in ("baseline", "privileged"):
        yield f"namespace {item.object_name} admits any pod: set label {LEVEL} to restricted"
    elif not reason and reason is not UNKNOWN:
        yield (
            f"namespace {item.object_name} is {level} without a reason: set label {LEVEL} to restricted, "
            f"or annotation {PRIVILEGED_BECAUSE} to why it cannot be"
        )


def namespaces_deny_by_default(stack: Stack) -> Iterator[Breach]:
    """In every namespace one policy selects all pods and covers both directions."""
    denied = {
        item.namespace
        for item in stack.items
        if item.kind == "NetworkPolicy"
        and item.group == "networking.k8s.io"
        and not under(item.properties, "spec", "podSelector")
        and set(under(item.properties, "spec").get("policyTypes", ())) == {"Ingress", "Egress"}
    }
    for item in stack.of(NAMESPACE):
        if item.object_name not in denied:
            yield (
                item,
                f"namespace {item.object_name} lets every pod talk to every other: add a default-deny network policy",
            )


NAMESPACE_RULES: Final = (
    ResourceRule(
        "namespaces-are-restricted",
        namespaces_are_restricted,
        f"Label the namespace `{LEVEL}: restricted`; where node agents live, another level with the reason in "
        f"annotation `{PRIVILEGED_BECAUSE}`.",
    ),
    StackRule(
        "namespaces-deny-by-default",
        namespaces_deny_by_default,
        "Add a `NetworkPolicy` with an empty `podSelector` and both `policyTypes`, then one for each edge.",
    ),
)
