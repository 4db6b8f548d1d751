"""The intended matrix of a monitoring stack, and that its policies come to exactly it."""

from typing import Any

import pytest

from contract.names import Namespace, OperatorNamespace
from infra.catalogue import read_catalogue
from infra.central.settings import parse_observatory
from infra.observatory import NAMESPACES, Observatory, ObservatoryArgs
from infra.rendering.recorder import Made, Recorder, run_program
from tests.infra.conftest import document_of
from tests.infra.network.actors import INTERNET, METADATA, OPERATED
from tests.infra.network.matrix import End, allowed
from tests.infra.network.test_intended import reached

HERE = {*NAMESPACES, OperatorNamespace.CERT_MANAGER, OperatorNamespace.ELASTIC}
STRANGER = End.pods("stranger", Namespace.LOGGING, {"app": "stranger"})
API = {"internet:443", "internet:6443", "metadata:443", "metadata:6443", "nginx:443"}
"""As in a region: the API server's address is the cluster's business."""
NODES = {f"{outside}:{port}" for outside in ("internet", "metadata") for port in (9100, 9153, 10250)}
WEBHOOKS = {"prometheus-operator:10250", "cert-manager:10250", "elastic-operator:9443"}
FROM_OUTSIDE = WEBHOOKS | {"nginx:80", "nginx:443"}
INTENDED: dict[str, set[str]] = {
    "nginx": API | {"prometheus:9090", "elasticsearch:9200", "grafana:3000", "kibana:5601"},
    "prometheus": API
    | NODES
    | {"nginx:9113", "prometheus:9090", "prometheus:8080", "alertmanager:9093", "alertmanager:8080", "grafana:3000"}
    | {"kube-state-metrics:8080", "cert-manager:9402", "prometheus-operator:10250", "cert-manager:10250"},
    "alertmanager": {"internet:443", "alertmanager:9094"},
    "grafana": API | {"prometheus:9090", "alertmanager:9093"},
    "kube-state-metrics": API,
    "prometheus-operator": API,
    "log-bootstrap": {"elasticsearch:9200"},
    "kibana": {"elasticsearch:9200"},
    "elasticsearch": {"elasticsearch:9200", "elasticsearch:9300"},
    "cert-manager": API | {"internet:53", "metadata:53"},
    "elastic-operator": API | {"elasticsearch:9200"},
    "stranger": set(),
    "internet": FROM_OUTSIDE,
    "metadata": FROM_OUTSIDE,
}


@pytest.fixture(scope="module")
def made() -> list[Made]:
    recorder = Recorder()
    settings = parse_observatory(document_of("monitoring"))
    run_program(recorder, lambda: Observatory("o", ObservatoryArgs(settings, read_catalogue("roles"))) and None)
    return recorder.made


def actors(made: list[Made]) -> list[End]:
    own = [
        End.pods(each.pod["metadata"]["labels"]["app"], each.key[1], each.pod["metadata"]["labels"])
        for each in made
        if each.pod
    ]
    return [*own, *(each for each in OPERATED if each.namespace in HERE), STRANGER, INTERNET, METADATA]


def test_the_policies_come_to_the_intended_matrix(made: list[Made]) -> None:
    policies: list[dict[str, Any]] = [each.inputs for each in made if each.kind == "NetworkPolicy"]
    named = {
        port["port"]
        for policy in policies
        for direction in ("ingress", "egress")
        for rule in policy["spec"].get(direction, ())
        for port in rule.get("ports", ())
    }
    everybody = actors(made)
    found = {
        source.name: reached(
            policies, source, [each for each in everybody if each.namespace or source.namespace], sorted(named | {22})
        )
        for source in everybody
    }
    assert found == INTENDED


def test_no_pod_reaches_the_credentials_of_its_node(made: list[Made]) -> None:
    policies = [each.inputs for each in made if each.kind == "NetworkPolicy"]
    assert not [each.name for each in actors(made) if each.namespace and allowed(policies, each, METADATA, 80)]
