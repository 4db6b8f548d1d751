"""Rules and what Alertmanager needs, as objects of a region."""

import base64
import json
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pulumi
import pytest
import yaml

from infra.monitoring.pace import Pace
from infra.operators import prometheus_servers
from infra.rendering.recorder import Secret
from infra.settings import parse

Region = Callable[[dict[str, Any]], list[Any]]
Settings = Callable[[str], dict[str, Any]]


@contextmanager
def configured(**secrets: str) -> Generator[None]:
    values = {f"mcp:{key}": value for key, value in secrets.items()}
    pulumi.runtime.set_all_config(values, list(values))
    try:
        yield
    finally:
        pulumi.runtime.set_all_config({}, [])


def rules(made: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """Name of a PrometheusRule -> its rules."""
    return {
        each.key[2]: [rule for group in each.inputs["spec"]["groups"] for rule in group["rules"]]
        for each in made
        if each.kind == "PrometheusRule"
    }


def secret(made: list[Any], name: str) -> Any:
    (found,) = [each for each in made if each.key == ("Secret", "monitoring", name)]
    return found


def configuration(made: list[Any]) -> dict[str, Any]:
    data = secret(made, "alertmanager-config").inputs["data"]
    assert set(data) == {"alertmanager.yaml"}
    return yaml.safe_load(base64.b64decode(data["alertmanager.yaml"]))


def test_each_theme_is_an_object_where_prometheus_looks_for_rules(prod: list[Any]) -> None:
    assert {each.key[1] for each in prod if each.kind == "PrometheusRule"} == {"monitoring"}
    assert set(rules(prod)) == {
        f"mcp-{theme}"
        for theme in (
            *("workflows", "agents", "providers", "entrance", "database"),
            *("backups", "cache", "certificates", "logs"),
        )
    }


def test_the_agents_that_must_be_up_are_the_role_files(prod: list[Any]) -> None:
    (down,) = [rule for rule in rules(prod)["mcp-agents"] if rule["alert"] == "MCPServiceDown"]
    for role in ("business_analyst", "technical_architect", "developer", "qa_tester"):
        assert f'agent_role="{role}"' in down["expr"]


def test_production_sees_and_fires_at_the_specification_s_pace(prod: list[Any]) -> None:
    (failing,) = [rule for rule in rules(prod)["mcp-workflows"] if rule["alert"] == "HighWorkflowFailureRate"]
    assert failing["for"] == "2m"
    assert "[5m]" in failing["expr"]
    groups = [group for each in prod if each.kind == "PrometheusRule" for group in each.inputs["spec"]["groups"]]
    assert {group["interval"] for group in groups} == {"15s"}


def test_a_drill_scrapes_as_often_as_its_rules_look(settings_of: Settings, region_of: Region) -> None:
    document = settings_of("local") | {"monitoring": settings_of("local").get("monitoring", {}) | {"alertSpeed": 60}}
    groups = [
        group
        for each in region_of(document)
        if each.kind == "PrometheusRule"
        for group in each.inputs["spec"]["groups"]
    ]
    assert groups
    assert {group["interval"] for group in groups} == {Pace(60).scrape}
    values = prometheus_servers.prometheus(parse(document))
    assert values["prometheusSpec"]["scrapeInterval"] == Pace(60).scrape


def test_without_monitoring_nothing_is_watched_for(settings_of: Settings, region_of: Region) -> None:
    document = settings_of("prod")
    made = region_of(document | {"monitoring": document.get("monitoring", {}) | {"enabled": "off"}})
    assert rules(made) == {}
    assert not [each for each in made if each.kind == "Secret" and each.key[2].startswith("alertmanager")]


def test_without_backups_none_is_missed(settings_of: Settings, region_of: Region) -> None:
    made = region_of(settings_of("prod") | {"backup": {"enabled": "off"}})
    assert "mcp-backups" not in rules(made)


def test_an_alertmanager_that_is_another_s_is_left_alone(settings_of: Settings, region_of: Region) -> None:
    document = settings_of("prod")
    cluster = document["cluster"]
    operators = cluster.get("operators", {}) | {"prometheus": "cluster"}
    made = region_of(document | {"cluster": cluster | {"operators": operators}})
    assert rules(made)
    assert not [each for each in made if each.kind == "Secret" and each.key[2].startswith("alertmanager")]


def test_receivers_are_files_of_a_secret_and_the_configuration_names_them(
    settings_of: Settings, region_of: Region
) -> None:
    address = "https://hooks.example.com/secret-of-slack"
    with configured(alertSlackUrl=address, alertPagerdutyKey="a-key"):
        made = region_of(settings_of("prod"))
    receivers = secret(made, "alertmanager-receivers")
    assert {key: base64.b64decode(value).decode() for key, value in receivers.inputs["data"].items()} == {
        "slack-url": address,
        "pagerduty-key": "a-key",
    }
    assert isinstance(receivers.sealed["data"], Secret)
    document = configuration(made)
    assert address not in json.dumps(document)
    critical = next(each for each in document["receivers"] if each["name"] == "critical")
    assert critical["slack_configs"][0]["api_url_file"].endswith("/alertmanager-receivers/slack-url")
    assert critical["pagerduty_configs"][0]["routing_key_file"].endswith("/alertmanager-receivers/pagerduty-key")


def test_alerts_that_reach_nobody_are_said_at_the_preview(
    settings_of: Settings, region_of: Region, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "mcp.program"):
        made = region_of(settings_of("prod"))
    assert "alerts reach nobody: run `pulumi config set --secret`" in caplog.text
    assert [set(each) for each in configuration(made)["receivers"]] == [{"name"}] * 4
    caplog.clear()
    with caplog.at_level(logging.WARNING, "mcp.program"), configured(alertWebhookUrl="https://example.com/hook"):
        region_of(settings_of("prod"))
    assert "alerts reach nobody" not in caplog.text


def test_an_alert_is_told_again_as_often_as_the_settings_say(settings_of: Settings, region_of: Region) -> None:
    document = settings_of("prod")
    made = region_of(document | {"monitoring": document.get("monitoring", {}) | {"repeatHours": 12}})
    assert configuration(made)["route"]["repeat_interval"] == "12h"
    assert configuration(region_of(document))["route"]["repeat_interval"] == "4h"
