"""The intended matrix, and that the policies of a region come to exactly it."""

from typing import Any

import pytest

from contract.names import Namespace
from tests.infra.network.actors import DNS, ELSEWHERE, METADATA, STRANGER, actors
from tests.infra.network.matrix import End, allowed

ASK_NAMES = {"dns:53"}
PUBLIC_HTTPS = {"internet:443"}
API = {"internet:443", "internet:6443", "metadata:443", "metadata:6443", "nginx:443", "keda:6443"}
"""The API server may have any address, so its edge is one to all of them, and to whoever else listens there."""
WEBHOOKS = {
    "prometheus-operator:10250",
    "cert-manager:10250",
    "cnpg-operator:9443",
    "keda:9443",
    "elastic-operator:9443",
}
"""The API server calls from any address."""
FROM_OUTSIDE = WEBHOOKS | {"nginx:80", "nginx:443", "keda:6443"}

INTENDED: dict[str, set[str]] = {
    # The platform
    "nginx": API | {"orchestration-engine:8000", "orchestration-engine:8001", "grafana:3000", "kibana:5601"},
    "orchestration-engine": {"agent:3001", "postgresql:5432", "redis-proxy:6379"},
    "agent": PUBLIC_HTTPS,
    "database-migration": {"postgresql:5432"},
    "postgresql": API | {"postgresql:5432", "postgresql:8000"},
    "redis-proxy": {"redis-cache:6379", "redis-cache:26379"},
    "redis-cache": {"redis-cache:6379", "redis-cache:26379"},
    # Backups
    "postgresql-backup": PUBLIC_HTTPS | {"postgresql:5432"},
    "config-backup": API,
    # Logs
    "fluentd": {"elasticsearch:9200"},
    "log-bootstrap": {"elasticsearch:9200"},
    "kibana": {"elasticsearch:9200"},
    "elasticsearch": {"elasticsearch:9200", "elasticsearch:9300"},
    # Metrics
    "prometheus": API
    | {f"internet:{port}" for port in (9100, 9153, 10250)}
    | {f"metadata:{port}" for port in (9100, 9153, 10250)}
    | {
        "orchestration-engine:8000",
        "agent:3001",
        "postgresql:9187",
        "redis-cache:9121",
        "redis-proxy:8404",
        "fluentd:24231",
        "nginx:9113",
        "prometheus:9090",
        "prometheus:8080",
        "alertmanager:9093",
        "alertmanager:8080",
        "grafana:3000",
        "kube-state-metrics:8080",
        "cert-manager:9402",
        "cnpg-operator:8080",
        "keda:8080",
        "prometheus-operator:10250",
        "cert-manager:10250",
    },
    "alertmanager": PUBLIC_HTTPS | {"alertmanager:9094"},
    "grafana": API | {"prometheus:9090", "alertmanager:9093"},
    "kube-state-metrics": API,
    "prometheus-operator": API,
    # Operators
    "cert-manager": API | {"internet:53", "metadata:53"},
    "cnpg-operator": API | {"postgresql:5432", "postgresql:8000", "cnpg-operator:9090"},
    "keda": API | {"prometheus:9090", "keda:9666"},
    "elastic-operator": API | {"elasticsearch:9200"},
    # Whom nobody foresaw
    "stranger": set(),
    "elsewhere": FROM_OUTSIDE,
    "internet": FROM_OUTSIDE,
    "metadata": FROM_OUTSIDE,
}
"""Source -> ``target:port`` over TCP, beside the cluster's DNS, which every pod may ask."""


@pytest.fixture(scope="module")
def policies(prod: list[Any]) -> list[dict[str, Any]]:
    return [each.inputs for each in prod if each.kind == "NetworkPolicy"]


@pytest.fixture(scope="module")
def ports(policies: list[dict[str, Any]]) -> list[int]:
    """Every port that any policy names, and two that none should."""
    named = {
        port["port"]
        for policy in policies
        for direction in ("ingress", "egress")
        for rule in policy["spec"].get(direction, ())
        for port in rule.get("ports", ())
    }
    return sorted(named | {22, 8443})


def reached(policies: list[dict[str, Any]], source: End, targets: list[End], ports: list[int]) -> set[str]:
    return {f"{target.name}:{port}" for target in targets for port in ports if allowed(policies, source, target, port)}


def test_the_policies_come_to_the_intended_matrix(
    prod: list[Any], policies: list[dict[str, Any]], ports: list[int]
) -> None:
    everybody = actors(prod)
    targets = [each for each in everybody if each not in (DNS, ELSEWHERE)]
    policed = [each for each in everybody if each.namespace and each not in (DNS, ELSEWHERE)]
    found = {
        source.name: reached(
            policies, source, [target for target in targets if target.namespace or source in policed], ports
        )
        for source in everybody
        if source is not DNS
    }
    assert found == INTENDED


def test_every_pod_may_ask_for_names_and_the_clusters_dns_alone(
    prod: list[Any], policies: list[dict[str, Any]]
) -> None:
    for each in actors(prod):
        if each.namespace in list(Namespace):
            assert allowed(policies, each, DNS, 53, "UDP"), each.name
            assert allowed(policies, each, DNS, 53), each.name
            assert not allowed(policies, each, METADATA, 53, "UDP"), each.name


def test_no_pod_reaches_the_credentials_of_its_node(prod: list[Any], policies: list[dict[str, Any]]) -> None:
    for each in actors(prod):
        if each.namespace and each not in (DNS, ELSEWHERE):
            assert not allowed(policies, each, METADATA, 80), each.name


def test_only_pods_that_write_to_the_store_reach_the_cloud_identity(
    prod: list[Any], policies: list[dict[str, Any]]
) -> None:
    agent = End("pod identity agent of EKS", address="169.254.170.23")
    reaching = {each.name for each in actors(prod) if each.namespace and allowed(policies, each, agent, 80)}
    assert reaching - {DNS.name, ELSEWHERE.name} == {"postgresql", "postgresql-backup", "config-backup"}


def test_a_pod_that_nobody_foresaw_reaches_nobody_and_is_reached_by_nobody(
    prod: list[Any], policies: list[dict[str, Any]], ports: list[int]
) -> None:
    others = [each for each in actors(prod) if each is not STRANGER and each is not DNS]
    assert reached(policies, STRANGER, others, ports) == set()
    assert not any(allowed(policies, each, STRANGER, port) for each in others for port in ports)
