"""Who may talk to whom in namespace ``monitoring``; the pods are kube-prometheus-stack's, by their labels."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.network.matrix import End, allowed


def pod(name: str, **labels: str) -> End:
    return End.pods(name, "monitoring", labels)


NAME = "app.kubernetes.io/name"
PROMETHEUS = pod("prometheus", **{NAME: "prometheus"})
ALERTMANAGER = pod("alertmanager", **{NAME: "alertmanager"})
GRAFANA = pod("grafana", **{NAME: "grafana"})
STATE = pod("kube-state-metrics", **{NAME: "kube-state-metrics"})
OPERATOR = pod("operator", app="kube-prometheus-stack-operator")
HOOK = pod("hook", app="kube-prometheus-stack-admission-create")
NGINX = End.pods("nginx", "ingress-nginx", {NAME: "nginx-ingress"})
KEDA = End.pods("keda", "keda", {"app": "keda-operator"})
DEVELOPER = End.pods("developer", "mcp-agents", {"app": "developer-agent", "role": "developer"})
DATABASE = End.pods("database", "database", {"cnpg.io/cluster": "postgresql-cluster"})
INTERNET = End("internet", address="203.0.113.7")
NODE = End("node", address="10.0.0.7")


@pytest.fixture
def policies(prod: list[Any]) -> list[dict[str, Any]]:
    return [each.inputs for each in prod if each.kind == "NetworkPolicy"]


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        (NGINX, GRAFANA, 3000),
        (GRAFANA, PROMETHEUS, 9090),
        (GRAFANA, ALERTMANAGER, 9093),
        (KEDA, PROMETHEUS, 9090),
        (PROMETHEUS, ALERTMANAGER, 9093),
        (PROMETHEUS, STATE, 8080),
        (PROMETHEUS, GRAFANA, 3000),
        (PROMETHEUS, OPERATOR, 10250),
        (PROMETHEUS, NODE, 9100),
        (PROMETHEUS, NODE, 10250),
        (ALERTMANAGER, ALERTMANAGER, 9094),
        (ALERTMANAGER, INTERNET, 443),
        (NODE, OPERATOR, 10250),
        *((each, NODE, 6443) for each in (PROMETHEUS, GRAFANA, STATE, OPERATOR, HOOK)),
    ],
    ids=lambda value: value.name if isinstance(value, End) else str(value),
)
def test_what_has_to_be_reached_can_be(policies: list[dict[str, Any]], source: End, target: End, port: int) -> None:
    assert allowed(policies, source, target, port)


def test_prometheus_reaches_the_monitoring_stack_at_the_port_of_its_address_and_nobody_else_does(
    settings_of: Callable[[str], dict[str, Any]], region_of: Callable[[dict[str, Any]], list[Any]], policies: list[Any]
) -> None:
    sending = {"remoteWrite": "https://metrics.example.com:8443/api/v1/write"}
    made = [
        each.inputs for each in region_of(settings_of("prod") | {"monitoring": sending}) if each.kind == "NetworkPolicy"
    ]
    assert not allowed(policies, PROMETHEUS, INTERNET, 8443)
    assert [each.name for each in (PROMETHEUS, GRAFANA, ALERTMANAGER) if allowed(made, each, INTERNET, 8443)] == [
        "prometheus"
    ]


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        (NGINX, PROMETHEUS, 9090),
        (NGINX, ALERTMANAGER, 9093),
        (DEVELOPER, PROMETHEUS, 9090),
        (GRAFANA, DATABASE, 5432),
        (GRAFANA, DEVELOPER, 3001),
        (PROMETHEUS, DATABASE, 5432),
        (ALERTMANAGER, NODE, 443),
        (STATE, DATABASE, 5432),
        (HOOK, PROMETHEUS, 9090),
    ],
    ids=lambda value: value.name if isinstance(value, End) else str(value),
)
def test_what_nobody_needs_is_closed(policies: list[dict[str, Any]], source: End, target: End, port: int) -> None:
    assert not allowed(policies, source, target, port)
