"""Who is told what: Alertmanager's own checker on its configuration, and a real Alertmanager that tells.

Its main is ours (ops/toolchain/go/alertmanager); routing, grouping, inhibition, notification are upstream's. Slack and
PagerDuty themselves are not asked; that their files are read is proven on Slack's form of a webhook.
"""

import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from infra.monitoring.alertmanager import DIRECTORY, Channel, Telling, configuration
from infra.monitoring.pace import Pace
from infra.monitoring.rules.alert import Scope
from infra.monitoring.rules.catalogue import all_alerts
from ops.toolchain.catalogue import MODULES
from ops.toolchain.modules import module_directory
from ops.toolchain.tool import ToolName
from tests.monitoring.servers import Receiver, alertmanager, receiver

ALL = frozenset(Channel)
MANY = [frozenset(each) for each in chain.from_iterable(combinations(Channel, number) for number in range(5))]


def document(scope: Scope, channels: frozenset[Channel], speed: int = 1) -> dict[str, Any]:
    return configuration(Telling(Pace(speed), 4, channels), all_alerts(scope))


def amtool(programs: dict[ToolName, Path], *arguments: str) -> str:
    done = subprocess.run(
        [programs[ToolName.AMTOOL], *arguments], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("channels", MANY, ids=lambda each: "+".join(sorted(each)) or "none")
def test_alertmanager_accepts_every_choice_of_channels(
    channels: frozenset[Channel], scope: Scope, programs: dict[ToolName, Path], tmp_path: Path
) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(document(scope, channels)))
    assert "SUCCESS" in amtool(programs, "check-config", str(file))


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (("alertname=MCPServiceDown", "severity=critical"), "critical"),
        (("alertname=HighWorkflowFailureRate", "severity=warning"), "warning"),
        (("alertname=Watchdog", "severity=none"), "heartbeat"),
        (("alertname=InfoInhibitor", "severity=none"), "nobody"),
        (("alertname=CPUThrottlingHigh", "severity=info"), "nobody"),
        (("alertname=SomebodysOwn",), "warning"),
    ],
)
def test_an_alert_reaches_whom_its_severity_says(
    labels: tuple[str, ...], told: str, scope: Scope, programs: dict[ToolName, Path], tmp_path: Path
) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(document(scope, ALL)))
    arguments = ("config", "routes", "test", f"--config.file={file}", f"--verify.receivers={told}")
    assert amtool(programs, *arguments, *labels) == told


def test_a_warning_wakes_nobody_where_there_is_another_way(scope: Scope) -> None:
    def kinds(channels: frozenset[Channel], name: str) -> set[str]:
        found = next(each for each in document(scope, channels)["receivers"] if each["name"] == name)
        return set(found) - {"name"}

    assert kinds(ALL, "critical") == {"webhook_configs", "slack_configs", "pagerduty_configs"}
    assert kinds(ALL, "warning") == {"webhook_configs", "slack_configs"}
    assert kinds(frozenset({Channel.PAGERDUTY}), "warning") == {"pagerduty_configs"}
    assert kinds(frozenset(), "critical") == set()


def test_the_configuration_holds_no_secret_but_names_their_files(scope: Scope) -> None:
    text = yaml.safe_dump(document(scope, ALL))
    assert "://" not in text
    assert set(re.findall(rf"{DIRECTORY}/([a-z-]+)", text)) == set(Channel)


def test_prometheus_operator_knows_every_field_and_so_drops_none(scope: Scope) -> None:
    """It reads the configuration with types of its own; a field that they lack would be lost without a word."""
    where = module_directory(MODULES / "prometheus-operator", "github.com/prometheus-operator/prometheus-operator")
    types = (where / "pkg" / "alertmanager" / "types.go").read_text(encoding="utf-8")
    known = set(re.findall(r'yaml:"([a-z_]+)', types))

    def fields(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (key for key in value if key != "alerts")
            for key, below in value.items():
                if key != "details":
                    yield from fields(below)
        elif isinstance(value, list):
            for below in value:
                yield from fields(below)

    assert set(fields(document(scope, ALL))) <= known


class Told:
    """A real Alertmanager with two people to tell, and what they heard."""

    def __init__(self, url: str, heard: Receiver) -> None:
        self.url = url
        self.heard = heard

    def fire(self, *alerts: dict[str, str]) -> None:
        now = datetime.now(UTC).isoformat()
        notes = {"summary": "s", "description": "d", "runbook_url": "https://docs.mcp-platform.com/runbooks/x.md"}
        body = [{"labels": {"region": "us-east-1"} | each, "annotations": notes, "startsAt": now} for each in alerts]
        assert httpx.post(f"{self.url}/api/v2/alerts", json=body, trust_env=False).status_code == 200

    def names(self, path: str, seconds: float = 15) -> list[str]:
        """Alerts that ``path`` heard of, once there is one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := [self._name(body) for heard, body in self.heard.told if heard == path]:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{path} heard nothing: {self.heard.told}")

    @staticmethod
    def _name(body: dict[str, Any]) -> str:
        if "attachments" in body:
            return body["attachments"][0]["title"]
        return body["commonLabels"]["alertname"]


@pytest.fixture
def told(scope: Scope, programs: dict[ToolName, Path], tmp_path: Path) -> Iterator[Told]:
    secrets = tmp_path / "receivers"
    secrets.mkdir()
    with receiver() as heard:
        for channel in (Channel.WEBHOOK, Channel.SLACK, Channel.HEARTBEAT):
            (secrets / channel).write_text(f"{heard.url}/{channel}")
        channels = frozenset({Channel.WEBHOOK, Channel.SLACK, Channel.HEARTBEAT})
        text = yaml.safe_dump(document(scope, channels, speed=60)).replace(DIRECTORY, str(secrets))
        with alertmanager(programs[ToolName.ALERTMANAGER], tmp_path, text) as url:
            yield Told(url, heard)


def test_every_channel_is_told_with_the_page_to_read(told: Told) -> None:
    told.fire({"alertname": "MCPServiceDown", "severity": "critical", "namespace": "mcp-agents"})
    assert told.names("/webhook-url") == ["MCPServiceDown"]
    assert told.names("/slack-url") == ["FIRING critical MCPServiceDown (us-east-1)"]
    (slack,) = [body for path, body in told.heard.told if path == "/slack-url"]
    assert slack["attachments"][0]["text"] == "s: d\nhttps://docs.mcp-platform.com/runbooks/x.md\n"


def test_the_dead_man_s_switch_hears_the_watchdog_and_people_do_not(told: Told) -> None:
    told.fire({"alertname": "Watchdog", "severity": "none"})
    assert told.names("/heartbeat-url") == ["Watchdog"]
    told.fire({"alertname": "DatabaseDown", "severity": "critical"})
    assert told.names("/webhook-url") == ["DatabaseDown"]


def test_a_consequence_is_not_told_while_its_cause_is(told: Told) -> None:
    told.fire(
        {"alertname": "MCPServiceDown", "severity": "critical", "namespace": "mcp-orchestration"},
        {"alertname": "HighWorkflowFailureRate", "severity": "warning", "namespace": "mcp-orchestration"},
        {"alertname": "CacheUnreachable", "severity": "warning", "namespace": "mcp-orchestration"},
    )
    end = time.monotonic() + 15
    while time.monotonic() < end and len(told.names("/webhook-url")) < 2:
        time.sleep(0.1)
    assert sorted(told.names("/webhook-url")) == ["CacheUnreachable", "MCPServiceDown"]
    alerts = httpx.get(f"{told.url}/api/v2/alerts", trust_env=False).json()
    quiet = {each["labels"]["alertname"] for each in alerts if each["status"]["inhibitedBy"]}
    assert quiet == {"HighWorkflowFailureRate"}


def test_a_cause_in_another_region_explains_nothing(told: Told) -> None:
    told.fire(
        {"alertname": "MCPServiceDown", "severity": "critical", "region": "eu-west-1"},
        {"alertname": "HighWorkflowFailureRate", "severity": "warning"},
    )
    end = time.monotonic() + 15
    while time.monotonic() < end and len(told.names("/webhook-url")) < 2:
        time.sleep(0.1)
    assert sorted(told.names("/webhook-url")) == ["HighWorkflowFailureRate", "MCPServiceDown"]


def test_a_warning_is_not_told_beside_its_critical_alert_and_one_of_another_thing_is(told: Told) -> None:
    volume = {"alertname": "DatabaseVolumeFillingUp", "namespace": "database"}
    told.fire(
        volume | {"severity": "critical", "persistentvolumeclaim": "postgresql-cluster-1"},
        volume | {"severity": "warning", "persistentvolumeclaim": "postgresql-cluster-1"},
        volume | {"severity": "warning", "persistentvolumeclaim": "postgresql-cluster-2"},
    )
    end = time.monotonic() + 15
    while time.monotonic() < end and len(told.names("/webhook-url")) < 2:
        time.sleep(0.1)
    found = {
        (alert["labels"]["severity"], alert["labels"]["persistentvolumeclaim"])
        for path, body in told.heard.told
        if path == "/webhook-url"
        for alert in body["alerts"]
    }
    assert found == {("critical", "postgresql-cluster-1"), ("warning", "postgresql-cluster-2")}
