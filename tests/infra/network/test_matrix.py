"""The matrix reads policies as Kubernetes does."""

from typing import Any

import pytest

from tests.infra.network.matrix import End, allowed

A = End.pods("a", "one", {"app": "a"})
B = End.pods("b", "two", {"app": "b"})
OUTSIDE = End("internet", address="93.184.216.34")
INSIDE = End("metadata", address="169.254.169.254")


def policy(namespace: str, types: list[str], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace}, "spec": {"podSelector": {}, "policyTypes": types} | spec}


def peer(namespace: str, **labels: str) -> dict[str, Any]:
    found: dict[str, Any] = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    return found | ({"podSelector": {"matchLabels": labels}} if labels else {})


def tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


DENY = [policy(namespace, ["Ingress", "Egress"]) for namespace in ("one", "two")]
OUT = policy("one", ["Egress"], egress=[{"to": [peer("two", app="b")], "ports": tcp(80)}])
IN = policy("two", ["Ingress"], ingress=[{"from": [peer("one")], "ports": tcp(80)}])


def test_without_policies_everything_passes_and_a_default_deny_stops_it() -> None:
    assert allowed([], A, B, 80)
    assert not allowed(DENY, A, B, 80)


@pytest.mark.parametrize("half", [OUT, IN])
def test_both_sides_must_let_it_pass(half: dict[str, Any]) -> None:
    assert not allowed([*DENY, half], A, B, 80)
    assert allowed([*DENY, OUT, IN], A, B, 80)
    assert not allowed([*DENY, OUT, IN], A, B, 81)
    assert not allowed([*DENY, OUT, IN], B, A, 80)


def test_a_selector_of_pods_alone_means_the_policys_own_namespace() -> None:
    here = policy("two", ["Ingress"], ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}]}])
    assert not allowed([here], A, B, 80)
    assert allowed([here], End.pods("a", "two", {"app": "a"}), B, 80)


def test_an_address_passes_by_block_and_not_where_it_is_excepted() -> None:
    block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}
    out = policy("one", ["Egress"], egress=[{"to": [block], "ports": tcp(443)}])
    assert allowed([*DENY, out], A, OUTSIDE, 443)
    assert not allowed([*DENY, out], A, INSIDE, 443)
    assert not allowed([*DENY, out], A, B, 443), "B's side does not let it pass"
    assert allowed([DENY[0], out], A, B, 443), "pods have addresses too"


def test_a_rule_without_peers_or_ports_means_everyone_and_every_port() -> None:
    anyone = policy("two", ["Ingress"], ingress=[{}])
    assert allowed([anyone], A, B, 12345)
