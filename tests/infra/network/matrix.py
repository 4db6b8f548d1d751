"""Who may open a connection to whom, computed from network policies as Kubernetes reads them.

A connection passes when the egress policies of its source and the ingress policies of its target both let it. A side
that no policy selects lets everything pass. Source: Kubernetes documentation, "Network Policies".
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Object = Mapping[str, Any]
POD_ADDRESS: Final = "10.1.2.3"
"""Whether a block of addresses holds pods is up to the network plugin: here it does, as with Calico and Amazon's."""


@dataclass(frozen=True)
class End:
    """One end of a connection: pods with the same labels, or an address outside the cluster."""

    name: str
    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    address: str = ""

    @classmethod
    def pods(cls, name: str, namespace: str, labels: Mapping[str, str]) -> "End":
        """Pods of a workload."""
        return cls(name, namespace, tuple(sorted(labels.items())))


def allowed(policies: Iterable[Object], source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Whether ``source`` may open a connection to ``port`` of ``target``."""
    everything = list(policies)
    return _side(everything, source, target, "Egress", "to", port, protocol) and _side(
        everything, target, source, "Ingress", "from", port, protocol
    )


def _side(policies: list[Object], own: End, other: End, direction: str, key: str, port: int, protocol: str) -> bool:
    if own.address:
        return True
    rules = [
        rule
        for policy in policies
        if policy["metadata"]["namespace"] == own.namespace
        and _selects(policy["spec"].get("podSelector", {}), dict(own.labels))
        and direction in policy["spec"]["policyTypes"]
        for rule in [*policy["spec"].get(direction.lower(), ()), None]
    ]
    if not rules:
        return True
    return any(_lets(rule, key, own.namespace, other, port, protocol) for rule in rules if rule is not None)


def _lets(rule: Object, key: str, namespace: str, other: End, port: int, protocol: str) -> bool:
    ports = rule.get("ports")
    fits = not ports or any(
        each.get("protocol", "TCP") == protocol and each["port"] <= port <= each.get("endPort", each["port"])
        for each in ports
    )
    peers = rule.get(key)
    return fits and (not peers or any(_is(peer, namespace, other) for peer in peers))


def _is(peer: Object, namespace: str, other: End) -> bool:
    block = peer.get("ipBlock")
    if block is not None:
        address = ipaddress.ip_address(other.address or POD_ADDRESS)
        inside = address in ipaddress.ip_network(block["cidr"])
        return inside and not any(address in ipaddress.ip_network(each) for each in block.get("except", ()))
    if other.address:
        return False
    chosen = peer.get("namespaceSelector")
    there = other.namespace == namespace if chosen is None else _selects(chosen, namespace_labels(other.namespace))
    return there and _selects(peer.get("podSelector") or {}, dict(other.labels))


def namespace_labels(namespace: str) -> dict[str, str]:
    """The label that Kubernetes itself sets; our policies use no other."""
    return {"kubernetes.io/metadata.name": namespace}


def _selects(selector: Object, labels: Mapping[str, str]) -> bool:
    exact = all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return exact and all(_holds(each, labels) for each in selector.get("matchExpressions") or ())


def _holds(expression: Object, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", [])
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }[expression["operator"]]
