"""The cache's objects: three servers behind a proxy, or one alone."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.components.cache_pods import PATIENCE

PASSWORD = "cache-password-secret"
"""The mocks' value."""
SERVICES = ("redis-cluster", "redis-us-east")


def of(region: list[Any], kind: str, name: str) -> dict[str, Any]:
    """Inputs of an object in namespace ``cache``."""
    return next(each.inputs for each in region if each.key == (kind, "cache", name))


def containers(region: list[Any], kind: str, name: str) -> dict[str, dict[str, Any]]:
    """Containers of a workload by name."""
    return {each["name"]: each for each in of(region, kind, name)["spec"]["template"]["spec"]["containers"]}


def test_both_names_lead_to_the_proxy_that_follows_the_master(prod: list[Any]) -> None:
    labels = of(prod, "Deployment", "redis-proxy")["spec"]["template"]["metadata"]["labels"]
    for name in SERVICES:
        assert of(prod, "Service", name)["spec"]["selector"] == labels


def test_a_single_server_is_reached_directly_and_has_no_sentinel(local: list[Any]) -> None:
    assert set(containers(local, "StatefulSet", "redis-cluster")) == {"redis", "exporter"}
    assert of(local, "Service", "redis-cluster")["spec"]["selector"] == {"app": "redis-cache"}
    assert not [each for each in local if each.key[1:] == ("cache", "redis-proxy")]


def test_no_two_of_three_servers_share_a_node(prod: list[Any]) -> None:
    spec = of(prod, "StatefulSet", "redis-cluster")["spec"]
    assert spec["replicas"] == 3
    (rule,) = spec["template"]["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rule["topologyKey"] == "kubernetes.io/hostname"
    assert rule["labelSelector"]["matchLabels"] == spec["template"]["metadata"]["labels"]


def test_on_one_machine_three_servers_share_its_node(
    region_of: Callable[[dict[str, Any]], list[Any]], local_document: Callable[[], dict[str, Any]]
) -> None:
    document = local_document()
    spec = of(region_of(document | {"cache": document["cache"] | {"replicas": 3}}), "StatefulSet", "redis-cluster")
    assert spec["spec"]["replicas"] == 3
    assert "affinity" not in spec["spec"]["template"]["spec"]


def test_servers_find_one_another_before_they_are_ready(prod: list[Any]) -> None:
    servers, nodes = of(prod, "StatefulSet", "redis-cluster")["spec"], of(prod, "Service", "redis-nodes")["spec"]
    assert servers["serviceName"] == "redis-nodes"
    assert servers["podManagementPolicy"] == "Parallel"
    assert (nodes["clusterIP"], nodes["publishNotReadyAddresses"]) == ("None", True)
    assert (
        "redis-cluster-2.redis-nodes.cache.svc.cluster.local"
        in of(prod, "ConfigMap", "redis-scripts")["data"]["members.sh"]
    )


def test_a_server_may_look_for_its_master_for_as_long_as_it_does(prod: list[Any]) -> None:
    probe = containers(prod, "StatefulSet", "redis-cluster")["redis"]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] > 2 * PATIENCE.others + PATIENCE.first + 60


def test_the_password_is_in_secrets_and_nowhere_else(prod: list[Any]) -> None:
    shown = {each.kind for each in prod if PASSWORD in json.dumps(each.inputs, default=str)}
    assert not shown
    files = {
        key: base64.b64decode(text).decode() for key, text in of(prod, "Secret", "cache-credentials")["data"].items()
    }
    assert set(files) == {"password", "auth.conf", "sentinel.conf", "haproxy.cfg", "exporter.json"}
    assert files["password"] == PASSWORD
    assert json.loads(files["exporter.json"]) == {"redis://localhost:6379": PASSWORD}


@pytest.mark.parametrize(
    ("kind", "name", "port"), [("StatefulSet", "redis-cluster", 9121), ("Deployment", "redis-proxy", 8404)]
)
def test_a_monitor_finds_a_port_called_metrics(prod: list[Any], kind: str, name: str, port: int) -> None:
    ports = [port for each in containers(prod, kind, name).values() for port in each["ports"]]
    assert [each["containerPort"] for each in ports if each["name"] == "metrics"] == [port]


def test_nothing_is_scraped_where_monitoring_is_off(
    settings_of: Callable[[str], dict[str, Any]], region_of: Callable[[dict[str, Any]], list[Any]]
) -> None:
    document = settings_of("prod")
    document["monitoring"] = document.get("monitoring", {}) | {"enabled": "off"}
    made = region_of(document)
    assert set(containers(made, "StatefulSet", "redis-cluster")) == {"redis", "sentinel"}
    for policy in ("redis-cluster-netpol", "redis-proxy-netpol"):
        peers = [peer for rule in of(made, "NetworkPolicy", policy)["spec"]["ingress"] for peer in rule["from"]]
        assert not [each for each in peers if "monitoring" in json.dumps(each)]
