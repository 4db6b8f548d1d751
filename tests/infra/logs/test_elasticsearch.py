"""The cluster is the specification's where it says anything, and survives a node and a zone."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.faults import SettingsError
from infra.logs.elasticsearch import elasticsearch_spec
from infra.logs.kibana import kibana_spec
from infra.settings import Settings, parse

Make = Callable[..., Settings]


def node_set(settings: Settings) -> dict[str, Any]:
    (only,) = elasticsearch_spec(settings)["nodeSets"]
    return only


def test_three_nodes_have_volumes_of_their_own_and_the_specifications_size(settings: Make) -> None:
    nodes = node_set(settings(storage="50Gi", storageClass="quick"))
    assert nodes["count"] == 3
    (claim,) = nodes["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "elasticsearch-data", "ECK mounts another name nowhere"
    assert claim["spec"]["storageClassName"] == "quick"
    assert claim["spec"]["resources"] == {"requests": {"storage": "50Gi"}}
    (container,) = nodes["podTemplate"]["spec"]["containers"]
    assert container["env"] == [{"name": "ES_JAVA_OPTS", "value": "-Xms1g -Xmx1g"}]
    assert container["resources"] == {
        "requests": {"cpu": "1000m", "memory": "2Gi"},
        "limits": {"cpu": "2000m", "memory": "4Gi"},
    }


def test_the_certificate_names_the_service_that_the_specification_calls(settings: Make) -> None:
    tls = elasticsearch_spec(settings())["http"]["tls"]["selfSignedCertificate"]
    assert {"elasticsearch.logging.svc.cluster.local", "elasticsearch.logging.svc"} <= {
        each["dns"] for each in tls["subjectAltNames"]
    }
    assert "disabled" not in tls


def test_no_two_nodes_share_a_machine_and_copies_are_in_different_zones(settings: Make) -> None:
    nodes = node_set(settings())
    rules = nodes["podTemplate"]["spec"]["affinity"]["podAntiAffinity"]
    (rule,) = rules["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rule["topologyKey"] == "kubernetes.io/hostname"
    assert nodes["zoneAwareness"] == {}


@pytest.mark.parametrize("logging", [{"nodes": 1}, {"zoneAware": False}])
def test_a_cluster_without_zones_is_not_asked_for_them(settings: Make, logging: dict[str, Any]) -> None:
    assert "zoneAwareness" not in node_set(settings(**logging))


def test_no_container_is_privileged_and_the_kernel_is_left_alone(settings: Make) -> None:
    nodes = node_set(settings())
    assert "initContainers" not in nodes["podTemplate"]["spec"]
    assert nodes["config"] == {"node.store.allow_mmap": False}


@pytest.mark.parametrize("dedicated", [True, False])
def test_both_run_on_nodes_of_their_own_where_the_settings_say_so(settings: Make, dedicated: bool) -> None:
    made = settings(dedicatedNodes=dedicated)
    for pod in (node_set(made)["podTemplate"]["spec"], kibana_spec(made)["podTemplate"]["spec"]):
        assert pod.get("nodeSelector") == ({"mcp-platform/pool": "monitoring"} if dedicated else None)
        assert ("tolerations" in pod) is dedicated


def test_volumes_outlive_a_protected_cluster_and_go_with_another(settings: Make) -> None:
    kept = elasticsearch_spec(settings("prod"))["volumeClaimDeletePolicy"]
    gone = elasticsearch_spec(settings("local"))["volumeClaimDeletePolicy"]
    assert (kept, gone) == ("DeleteOnScaledownOnly", "DeleteOnScaledownAndClusterDeletion")


def test_kibana_asks_nothing_outside_the_cluster(settings: Make) -> None:
    config = kibana_spec(settings())["config"]
    assert config["telemetry.optIn"] is False
    assert config["newsfeed.enabled"] is False
    assert config["map.includeElasticMapsService"] is False
    assert config["server.publicBaseUrl"] == "https://kibana.mcp-platform.com"


def test_versions_are_those_of_the_images_and_the_same(settings: Make) -> None:
    made = settings()
    assert elasticsearch_spec(made)["version"] == kibana_spec(made)["version"]
    assert elasticsearch_spec(made)["image"].endswith(f":{elasticsearch_spec(made)['version']}")


@pytest.mark.parametrize(
    ("images", "key"),
    [
        ({"elasticsearch": "registry.example.com/elasticsearch:latest"}, "images.elasticsearch"),
        ({"kibana": "docker.elastic.co/kibana/kibana:8.19.0"}, "images.kibana"),
    ],
)
def test_images_that_eck_cannot_run_are_refused(
    settings_of: Callable[[str], dict[str, Any]], images: dict[str, str], key: str
) -> None:
    with pytest.raises(SettingsError, match=key):
        parse(settings_of("prod") | {"images": images})


def test_a_buffer_that_is_no_amount_of_bytes_is_refused(settings: Make) -> None:
    with pytest.raises(SettingsError, match=r"logging\.buffer"):
        settings(buffer="500m")


def test_fluentds_client_is_of_the_servers_major(settings: Make) -> None:
    made = settings()
    assert f"-elasticsearch{elasticsearch_spec(made)['version'].partition('.')[0]}-" in made.images.fluentd
