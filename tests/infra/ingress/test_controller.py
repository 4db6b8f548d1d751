"""Values of the controller's chart."""

from typing import Any

import pytest

from infra.ingress.controller import values
from infra.settings import Settings, parse
from tests.infra.conftest import document_of


def controller(**ingress: Any) -> dict[str, Any]:
    """What the controller is told in stack ``prod`` with ``ingress`` in its settings."""
    return values(settings(**ingress))["controller"]


def settings(**ingress: Any) -> Settings:
    """Stack ``prod`` with ``ingress`` in its settings."""
    return parse({**document_of("prod"), "ingress": ingress})


def test_no_ingress_may_bring_a_snippet() -> None:
    assert controller()["enableSnippets"] is False


def test_an_ingress_without_a_class_is_somebody_elses() -> None:
    assert controller()["ingressClass"] == {"name": "nginx", "create": True, "setAsDefaultIngress": False}


@pytest.mark.parametrize("context", ["securityContext", "initContainerSecurityContext"])
def test_containers_may_gain_no_privileges_and_write_no_root(context: str) -> None:
    own = controller()[context]
    assert own["allowPrivilegeEscalation"] is False
    assert own["readOnlyRootFilesystem"] is True
    assert own["runAsNonRoot"] is True
    assert own["capabilities"]["drop"] == ["ALL"]
    assert own["capabilities"].get("add", []) in ([], ["NET_BIND_SERVICE"])


def test_a_pod_outlives_the_connections_that_it_drains() -> None:
    own = controller()
    drained = int(own["config"]["entries"]["worker-shutdown-timeout"].removesuffix("s"))
    assert own["terminationGracePeriodSeconds"] > own["lifecycle"]["preStop"]["sleep"]["seconds"] + drained


def test_a_rollout_and_a_drained_node_leave_a_way_in() -> None:
    own = controller()
    assert own["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert own["podDisruptionBudget"] == {"enabled": True, "maxUnavailable": 1}
    assert own["autoscaling"]["minReplicas"] == 2


def test_equal_bounds_need_no_autoscaler() -> None:
    own = controller(replicas={"min": 3, "max": 3})
    assert (own["replicaCount"], own["autoscaling"]["enabled"]) == (3, False)


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_a_node_does_not_put_its_own_address_in_place_of_the_clients(kind: str) -> None:
    assert controller(service={"type": kind})["service"]["externalTrafficPolicy"] == "Local"


def test_a_client_stays_with_one_replica_for_an_hour() -> None:
    affinity = {"enable": True, "type": "ClientIP", "timeoutSeconds": 3600}
    assert controller()["service"]["sessionAffinity"] == affinity
    assert controller(stickiness="off")["service"]["sessionAffinity"]["enable"] is False


def test_without_a_load_balancer_of_its_own_an_ingress_reports_a_name() -> None:
    assert "external-status-address" not in controller()["config"]["entries"]
    inside = controller(service={"type": "ClusterIP"})["config"]["entries"]
    assert inside["external-status-address"] == "api.mcp-platform.com"
    named = controller(service={"type": "ClusterIP", "address": "lb.example.com"})["config"]["entries"]
    assert named["external-status-address"] == "lb.example.com"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({}, {}),
        (
            {"source": "proxyProtocol", "trusted": ["10.0.0.0/16", "10.1.0.0/16"]},
            {
                "proxy-protocol": "true",
                "real-ip-header": "proxy_protocol",
                "set-real-ip-from": "10.0.0.0/16,10.1.0.0/16",
            },
        ),
        (
            {"source": "forwardedFor", "trusted": ["35.191.0.0/16"]},
            {"real-ip-header": "X-Forwarded-For", "real-ip-recursive": "true", "set-real-ip-from": "35.191.0.0/16"},
        ),
    ],
)
def test_addresses_come_from_where_the_settings_say(address: dict[str, Any], expected: dict[str, str]) -> None:
    entries = controller(clientAddress=address)["config"]["entries"]
    found = {key: value for key, value in entries.items() if "real-ip" in key or key == "proxy-protocol"}
    assert found == expected


def test_metrics_are_offered_and_nothing_is_told_to_the_vendor() -> None:
    own = values(settings())
    assert (own["prometheus"]["create"], own["prometheus"]["port"]) == (True, 9113)
    assert own["controller"]["telemetryReporting"] == {"enable": False}
