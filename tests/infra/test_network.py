"""Which pod may open a connection to which: everything else is denied."""

from typing import Any

import pytest


def policies(region: list[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {each.key[1:]: each.inputs["spec"] for each in region if each.kind == "NetworkPolicy"}


def peers(rules: list[dict[str, Any]], side: str) -> set[tuple[str, str, tuple[int, ...]]]:
    """Namespace, ``app`` label and ports of each peer."""
    found: set[tuple[str, str, tuple[int, ...]]] = set()
    for rule in rules:
        ports = tuple(port["port"] for port in rule["ports"])
        for peer in rule[side]:
            if "ipBlock" in peer:
                found.add((peer["ipBlock"]["cidr"], "", ports))
                continue
            namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            labels = peer.get("podSelector", {}).get("matchLabels", {})
            found.add((namespace, ",".join(labels.values()), ports))
    return found


def test_every_namespace_denies_by_default_and_may_resolve_names(prod: list[Any]) -> None:
    namespaces = {each.key[2] for each in prod if each.kind == "Namespace"}
    for namespace in namespaces:
        spec = policies(prod)[namespace, "default-deny"]
        assert spec["podSelector"] == {}
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        assert "ingress" not in spec
        assert peers(spec["egress"], "to") == {("kube-system", "kube-dns", (53, 53))}


def test_the_engine_reaches_agents_database_and_cache_only(prod: list[Any]) -> None:
    spec = policies(prod)["mcp-orchestration", "mcp-orchestration-netpol"]
    assert peers(spec["ingress"], "from") == {
        ("ingress-nginx", "", (8000, 8001)),
        ("monitoring", "prometheus", (8000,)),
    }
    assert peers(spec["egress"], "to") == {
        ("mcp-agents", "", (3001,)),
        ("database", "", (5432,)),
        ("cache", "", (6379,)),
    }


def test_agents_are_called_by_the_engine_and_scraped_by_prometheus_only(prod: list[Any]) -> None:
    spec = policies(prod)["mcp-agents", "mcp-agents-netpol"]
    assert peers(spec["ingress"], "from") == {
        ("mcp-orchestration", "orchestration-engine", (3001,)),
        ("monitoring", "prometheus", (3001,)),
    }


def test_an_agent_reaches_public_https_and_no_private_address(prod: list[Any]) -> None:
    (rule,) = policies(prod)["mcp-agents", "developer-netpol"]["egress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 443}]
    block = rule["to"][0]["ipBlock"]
    assert block["cidr"] == "0.0.0.0/0"
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(block["except"])


def test_an_offline_agent_reaches_nothing(local: list[Any]) -> None:
    assert not policies(local)["mcp-agents", "developer-netpol"].get("egress")


@pytest.mark.parametrize("app", ["orchestration-engine", "database-migration"])
def test_the_database_is_reached_by_engine_and_migration(prod: list[Any], app: str) -> None:
    spec = policies(prod)["database", "postgresql-cluster-netpol"]
    assert ("mcp-orchestration", app, (5432,)) in peers(spec["ingress"], "from")


def test_only_the_engine_reaches_a_single_cache_server(local: list[Any]) -> None:
    spec = policies(local)["cache", "redis-cluster-netpol"]
    assert peers(spec["ingress"], "from") == {
        ("mcp-orchestration", "orchestration-engine", (6379,)),
        ("monitoring", "prometheus", (9121,)),
    }
    assert not spec.get("egress")


def test_only_the_engine_reaches_the_cache_and_only_through_the_proxy(prod: list[Any]) -> None:
    among = {("cache", "redis-cache", (6379, 26379))}
    proxy, servers = (policies(prod)["cache", f"{name}-netpol"] for name in ("redis-proxy", "redis-cluster"))
    assert peers(proxy["ingress"], "from") == {
        ("mcp-orchestration", "orchestration-engine", (6379,)),
        ("monitoring", "prometheus", (8404,)),
    }
    assert peers(proxy["egress"], "to") == among
    assert peers(servers["ingress"], "from") == among | {
        ("cache", "redis-proxy", (6379, 26379)),
        ("monitoring", "prometheus", (9121,)),
    }
    assert peers(servers["egress"], "to") == among
