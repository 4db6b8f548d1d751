"""The picture shows exactly the workloads and the allowed edges of the objects it is given."""

from typing import Any

from infra.picture import mermaid


def deployment(namespace: str, name: str, port: int) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": name, "ports": [{"containerPort": port, "name": "http"}]}]},
    }
    return {"kind": "Deployment", "metadata": {"namespace": namespace, "name": name}, "spec": {"template": template}}


def policy(namespace: str, target: dict[str, str], source_namespace: str, source: dict[str, str]) -> dict[str, Any]:
    peer = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": source_namespace}},
        "podSelector": {"matchLabels": source},
    }
    return {
        "kind": "NetworkPolicy",
        "metadata": {"namespace": namespace, "name": "p"},
        "spec": {
            "podSelector": {"matchLabels": target},
            "ingress": [{"from": [peer], "ports": [{"port": 3001}]}],
        },
    }


def test_an_allowed_edge_joins_the_two_workloads_it_names() -> None:
    drawn = mermaid(
        [
            deployment("a", "engine", 8000),
            deployment("b", "agent", 3001),
            deployment("b", "other", 3001),
            policy("b", {"app": "agent"}, "a", {"app": "engine"}),
        ]
    )
    assert drawn.count("-->") == 1
    assert "a_engine -->|3001| b_agent" in drawn


def test_a_namespace_without_workloads_is_drawn_as_the_outside() -> None:
    drawn = mermaid([deployment("a", "engine", 8000), policy("a", {"app": "engine"}, "ingress-nginx", {})])
    assert '(["ingress-nginx"])' in drawn
    assert "ns_ingress_nginx -->|3001| a_engine" in drawn


def test_default_deny_draws_no_edge() -> None:
    deny = {"kind": "NetworkPolicy", "metadata": {"namespace": "a", "name": "deny"}, "spec": {"podSelector": {}}}
    assert "-->" not in mermaid([deployment("a", "engine", 8000), deny])


def test_the_order_of_objects_does_not_change_the_picture() -> None:
    objects = [deployment("a", "engine", 8000), deployment("b", "agent", 3001)]
    assert mermaid(objects) == mermaid(reversed(objects))
