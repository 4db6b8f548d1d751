"""The chart gets what the settings say, and nothing secret. That its keys are the chart's, tests/charts checks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.operators import prometheus
from infra.operators.prometheus_servers import retention_size
from infra.settings import Settings, parse

SettingsOf = Callable[[str], dict[str, Any]]


def values(document: dict[str, Any]) -> dict[str, Any]:
    return prometheus.values(parse(document))


@pytest.fixture
def prod(settings_of: SettingsOf) -> dict[str, Any]:
    return values(settings_of("prod"))


def test_definitions_come_from_their_own_chart(prod: dict[str, Any]) -> None:
    assert prod["crds"] == {"enabled": False}


def test_it_reads_and_evaluates_as_often_as_the_specification_says(prod: dict[str, Any]) -> None:
    spec = prod["prometheus"]["prometheusSpec"]
    assert (spec["scrapeInterval"], spec["evaluationInterval"]) == ("15s", "15s")


def test_the_settings_decide_size_place_and_time(settings_of: SettingsOf) -> None:
    document = settings_of("prod")
    document["monitoring"] = {"replicas": 3, "retentionDays": 7, "storage": "80Gi", "storageClass": "gp3"}
    made = values(document)
    spec = made["prometheus"]["prometheusSpec"]
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert (spec["replicas"], spec["retention"]) == (3, "7d")
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("gp3", "80Gi")
    assert made["alertmanager"]["alertmanagerSpec"]["replicas"] == 3
    assert made["prometheus"]["podDisruptionBudget"] == {"enabled": True, "minAvailable": 2}
    for part in (spec, made["grafana"], made["prometheusOperator"], made["kube-state-metrics"]):
        assert part["nodeSelector"] == {"mcp-platform/pool": "monitoring"}
        assert part["tolerations"][0]["value"] == "monitoring"


def test_small_clusters_share_their_nodes(settings_of: SettingsOf) -> None:
    made = values(settings_of("onprem"))
    assert "nodeSelector" not in made["prometheus"]["prometheusSpec"]
    assert made["prometheus"]["podDisruptionBudget"]["enabled"] is False


def test_blocks_leave_room_on_the_volume() -> None:
    assert retention_size("100Gi") == "87040MB"


def test_monitors_and_rules_are_selected_whoever_made_them(prod: dict[str, Any]) -> None:
    spec = prod["prometheus"]["prometheusSpec"]
    for kind in ("serviceMonitor", "podMonitor", "rule"):
        assert spec[f"{kind}SelectorNilUsesHelmValues"] is False
        assert f"{kind}NamespaceSelector" not in spec, "the chart's own takes every namespace"


def test_metrics_and_alerts_say_where_they_are_from(prod: dict[str, Any]) -> None:
    assert prod["prometheus"]["prometheusSpec"]["externalLabels"] == {
        "region": "us-east-1",
        "residency": "us",
        "cluster": "mcp-prod-us-east-1",
    }


def test_metrics_are_sent_on_with_a_login_from_a_secret(settings_of: SettingsOf) -> None:
    document = settings_of("prod")
    assert values(document)["prometheus"]["prometheusSpec"]["remoteWrite"] == []
    document["monitoring"] = {"remoteWrite": "https://metrics.us.mcp-platform.com/api/v1/write"}
    (sent,) = values(document)["prometheus"]["prometheusSpec"]["remoteWrite"]
    assert sent["url"] == "https://metrics.us.mcp-platform.com/api/v1/write"
    assert {part["name"] for part in sent["basicAuth"].values()} == {"remote-write"}


def test_alertmanager_is_configured_by_our_secrets(prod: dict[str, Any]) -> None:
    spec = prod["alertmanager"]["alertmanagerSpec"]
    assert (spec["useExistingSecret"], spec["configSecret"]) == (True, "alertmanager-config")
    assert spec["secrets"] == ["alertmanager-receivers"]


def test_grafana_lets_nobody_in_unasked_and_calls_nobody(prod: dict[str, Any]) -> None:
    grafana = prod["grafana"]
    assert grafana["admin"]["existingSecret"] == "grafana-admin"
    assert grafana["ingress"] == {"enabled": False}, "the way in is ours"
    ini = grafana["grafana.ini"]
    assert ini["auth.anonymous"]["enabled"] is False
    assert ini["users"]["allow_sign_up"] is False
    assert ini["analytics"]["reporting_enabled"] is False
    assert ini["plugins"]["preinstall_disabled"] is True
    assert ini["server"]["root_url"] == "https://grafana.mcp-platform.com"


def test_dashboards_are_read_where_they_are_made(prod: dict[str, Any]) -> None:
    sidecar = prod["grafana"]["sidecar"]["dashboards"]
    assert (sidecar["label"], sidecar["labelValue"]) == ("grafana_dashboard", "1")
    assert sidecar["searchNamespace"] == "monitoring"
    assert prod["grafana"]["rbac"] == {"namespaced": True}


def leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


@pytest.mark.parametrize("stack", ["prod", "eu-west", "onprem"])
def test_values_are_plain(settings_of: SettingsOf, stack: str) -> None:
    plain = (str, int, float, bool)
    settings: Settings = parse(settings_of(stack))
    for made in (prometheus.values(settings), prometheus.definitions(settings)):
        assert all(type(each) in plain for each in leaves(made)), "None would be dropped, an enum is another type"


def test_every_container_of_the_chart_is_bounded(prod: dict[str, Any]) -> None:
    operator, grafana = prod["prometheusOperator"], prod["grafana"]
    for part in (
        prod["prometheus"]["prometheusSpec"],
        prod["alertmanager"]["alertmanagerSpec"],
        prod["kube-state-metrics"],
        prod["prometheus-node-exporter"],
        operator,
        operator["prometheusConfigReloader"],
        operator["admissionWebhooks"]["patch"],
        grafana,
        grafana["sidecar"],
    ):
        assert set(part["resources"]) == {"requests", "limits"}
