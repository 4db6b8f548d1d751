"""Rules about objects that belong together."""

from typing import Any

from policy.manifests import Item
from policy.stack_rules import RULES

NAMESPACE = Item("kubernetes:core/v1:Namespace", "n", {"metadata": {"name": "n"}})
DENY: dict[str, Any] = {
    "metadata": {"namespace": "n"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def deployment(image: str, **spec: object) -> Item:
    pod = {"spec": {"containers": [{"name": "main", "image": image}]}}
    metadata = {"namespace": "n", "name": "it"}
    return Item("kubernetes:apps/v1:Deployment", "it", {"metadata": metadata, "spec": {"template": pod} | spec})


def settings(environment: str) -> Item:
    metadata = {"name": "mcp-global-config"}
    return Item("kubernetes:core/v1:ConfigMap", "c", {"metadata": metadata, "data": {"ENVIRONMENT": environment}})


def test_a_namespace_without_default_deny_is_named() -> None:
    rule = RULES["namespaces-deny-by-default"]
    assert list(rule([NAMESPACE])) == [
        "namespace n lets every pod talk to every other: add a default-deny network policy"
    ]
    assert list(rule([NAMESPACE, Item(POLICY, "deny", DENY)])) == []


def test_a_policy_for_some_pods_is_no_default() -> None:
    narrow = {**DENY, "spec": {**DENY["spec"], "podSelector": {"matchLabels": {"app": "a"}}}}
    assert list(RULES["namespaces-deny-by-default"]([NAMESPACE, Item(POLICY, "narrow", narrow)]))


def test_replicas_beside_an_autoscaler_are_named() -> None:
    scaled = Item(
        "kubernetes:keda.sh/v1alpha1:ScaledObject",
        "s",
        {"metadata": {"namespace": "n"}, "spec": {"scaleTargetRef": {"name": "it"}}},
    )
    rule = RULES["autoscaled-workloads-have-no-replicas"]
    assert list(rule([scaled, deployment("a")])) == []
    assert list(rule([deployment("a", replicas=2)])) == []
    (found,) = rule([scaled, deployment("a", replicas=2)])
    assert found == "it sets replicas although an autoscaler owns them: leave them out"


def test_the_platforms_image_by_tag_is_refused_in_a_shared_cluster_only() -> None:
    rule = RULES["shared-clusters-run-images-by-digest"]
    tagged = deployment("mcp-platform/platform:1")
    assert list(rule([settings("local"), tagged])) == []
    assert list(rule([settings("production"), tagged])) == [
        "it runs mcp-platform/platform:1 in a shared cluster: name it by digest"
    ]
    assert list(rule([settings("production"), deployment("mcp-platform/platform@sha256:ab")])) == []
