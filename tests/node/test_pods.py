"""What running pods carry is what policies select; what a pod may not be is refused.

The node's network does not enforce policies: these tests hold labels, namespaces and accounts to what they select.
"""

from typing import Any

import pytest

from contract.names import Namespace, Priority
from infra.components.namespaces import PRIVILEGED
from ops.controlplane.api import Api, ApiError

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

PLATFORM = (Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.DATABASE, Namespace.CACHE)
NAME_LABEL = "kubernetes.io/metadata.name"
DEFAULT_DENY = "default-deny"


def matches(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    assert not (selector or {}).get("matchExpressions"), "this test reads matchLabels alone"
    return (selector or {}).get("matchLabels", {}).items() <= labels.items()


def pods(cluster: Api) -> list[dict[str, Any]]:
    return [pod for namespace in PLATFORM for pod in cluster.list("v1", "Pod", namespace)]


def labels(thing: dict[str, Any]) -> dict[str, str]:
    return thing["metadata"].get("labels") or {}


def test_every_pod_is_selected_by_a_policy_of_its_own_beside_the_one_that_denies(cluster: Api) -> None:
    for pod in pods(cluster):
        policies = cluster.list("networking.k8s.io/v1", "NetworkPolicy", pod["metadata"]["namespace"])
        chosen = [each["metadata"]["name"] for each in policies if matches(each["spec"]["podSelector"], labels(pod))]
        assert DEFAULT_DENY in chosen
        assert len(chosen) > 1, f"{pod['metadata']['name']} {labels(pod)}: {chosen}"


def test_every_policy_selects_a_running_pod(cluster: Api) -> None:
    for namespace in PLATFORM:
        running = cluster.list("v1", "Pod", namespace)
        for policy in cluster.list("networking.k8s.io/v1", "NetworkPolicy", namespace):
            assert any(matches(policy["spec"]["podSelector"], labels(pod)) for pod in running), policy["metadata"]


def test_every_edge_between_namespaces_that_run_here_leads_to_a_running_pod(cluster: Api) -> None:
    namespaces = {each["metadata"]["name"]: labels(each) for each in cluster.list("v1", "Namespace")}
    running = cluster.list("v1", "Pod")
    inhabited = {pod["metadata"]["namespace"] for pod in running}
    tried = 0
    for namespace in PLATFORM:
        for policy in cluster.list("networking.k8s.io/v1", "NetworkPolicy", namespace):
            rules = [*policy["spec"].get("ingress", ()), *policy["spec"].get("egress", ())]
            for peer in (peer for rule in rules for peer in (*rule.get("from", ()), *rule.get("to", ()))):
                if "namespaceSelector" not in peer:
                    continue
                there = {name for name, found in namespaces.items() if matches(peer["namespaceSelector"], found)}
                assert there <= inhabited | {Namespace.INGRESS}, peer
                ends = [
                    pod
                    for pod in running
                    if pod["metadata"]["namespace"] in there and matches(peer.get("podSelector"), labels(pod))
                ]
                assert ends or there == {Namespace.INGRESS}, f"{policy['metadata']['name']}: {peer}"
                tried += 1
    assert tried > 10


def test_a_policys_ports_are_ports_that_its_pods_have(cluster: Api) -> None:
    for namespace in (Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.CACHE):
        running = cluster.list("v1", "Pod", namespace)
        for policy in cluster.list("networking.k8s.io/v1", "NetworkPolicy", namespace):
            chosen = [pod for pod in running if matches(policy["spec"]["podSelector"], labels(pod))]
            open_ports = {
                port["containerPort"]
                for pod in chosen
                for container in pod["spec"]["containers"]
                for port in container.get("ports", ())
            }
            asked = {port["port"] for rule in policy["spec"].get("ingress", ()) for port in rule.get("ports", ())}
            assert asked <= open_ports, policy["metadata"]["name"]


def test_every_pod_of_ours_has_an_account_of_its_own_and_no_token(cluster: Api) -> None:
    for namespace in (Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.CACHE):
        for pod in cluster.list("v1", "Pod", namespace):
            assert pod["spec"]["serviceAccountName"] != "default"
            assert pod["spec"]["automountServiceAccountToken"] is False
            mounts = [mount["mountPath"] for each in pod["spec"]["containers"] for mount in each["volumeMounts"]]
            assert not any("serviceaccount" in mount for mount in mounts)


def test_every_pod_has_a_priority_of_the_platforms(cluster: Api) -> None:
    for pod in pods(cluster):
        assert pod["spec"].get("priorityClassName") in list(Priority), pod["metadata"]["name"]
    assert {pod["spec"]["priorityClassName"] for pod in cluster.list("v1", "Pod", Namespace.DATABASE)} == {
        Priority.DATA
    }


@pytest.mark.parametrize("namespace", [each for each in Namespace if each not in PRIVILEGED])
def test_a_pod_that_is_not_restricted_is_refused(cluster: Api, namespace: Namespace) -> None:
    privileged = {"name": "a", "image": "a", "securityContext": {"privileged": True}}
    for extra in ({"hostNetwork": True}, {"containers": [privileged]}):
        spec = {"containers": [{"name": "a", "image": "a"}], **extra}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tried", "namespace": namespace}, "spec": spec}
        with pytest.raises(ApiError) as refused:
            cluster.request("POST", cluster.kind("v1", "Pod").path(namespace), pod)
        assert refused.value.status == 403
        assert "restricted" in refused.value.message


def test_images_are_by_content_and_their_root_cannot_be_written(cluster: Api) -> None:
    for pod in cluster.list("v1", "Pod", Namespace.AGENTS):
        (container,) = pod["spec"]["containers"]
        assert container["image"].startswith("mcp-platform/platform:sha-")
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["spec"]["securityContext"]["runAsUser"] == 1000
