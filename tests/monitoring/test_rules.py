"""What holds for every rule: Prometheus reads it, people can act on it, and the specification's own are as it says."""

import re
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.engine.metrics import TURN_BUCKETS
from infra.central import rules
from infra.faults import SettingsError
from infra.monitoring.alertmanager import WATCHDOG
from infra.monitoring.pace import Pace
from infra.monitoring.rules.alert import Scope
from infra.monitoring.rules.catalogue import all_alerts
from infra.sections.monitoring import Monitoring
from ops.toolchain.tool import ToolName
from tests.monitoring import rulebook
from tests.monitoring.timeline import seconds

RUNBOOKS = rulebook.REPOSITORY / "docs" / "runbooks"
HEADINGS = ["## What it means", "## First look", "## Likely causes", "## Mend it", "## Escalate"]
SEED = {
    ("HighWorkflowFailureRate", "warning"): ("2m", "> 0.1", "[5m]", "High workflow failure rate detected"),
    ("AgentResponseTimeTooHigh", "warning"): ("3m", "> 120", "[5m]", "Agent response time too high"),
    ("DatabaseConnectionPoolExhausted", "critical"): ("1m", "> 0.9", "", "Database connection pool nearly exhausted"),
    ("MCPServiceDown", "critical"): (
        "30s",
        'up{job=~"orchestration-engine|mcp-agents"} == 0',
        "",
        "MCP service is down",
    ),
}
"""Specification, "Prometheus Configuration": ``for``, threshold, window, summary."""


@pytest.mark.parametrize(("stack", "speed"), [("prod", 1), ("local", 1), ("local", 60)])
def test_prometheus_accepts_every_rule(programs: dict[ToolName, Path], tmp_path: Path, stack: str, speed: int) -> None:
    file = rulebook.write(tmp_path / "rules.yaml", rulebook.groups(rulebook.scope(stack, alertSpeed=speed)))
    done = subprocess.run(
        [programs[ToolName.PROMTOOL], "check", "rules", "--lint=all", "--lint-fatal", file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("alert", "severity"), SEED)
def test_the_specification_s_alerts_have_its_figures(scope: Scope, alert: str, severity: str) -> None:
    hold, threshold, window, summary = SEED[alert, severity]
    rule = rulebook.rules(scope)[alert, severity]
    assert rule["for"] == hold
    assert threshold in rule["expr"]
    assert window in rule["expr"]
    assert rule["annotations"]["summary"] == summary


def test_every_rule_says_how_bad_what_and_where_to_read_on(scope: Scope) -> None:
    for (alert, severity), rule in rulebook.rules(scope).items():
        assert severity in ("warning", "critical"), alert
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, alert
        assert rule["annotations"]["runbook_url"] == f"https://docs.mcp-platform.com/runbooks/{alert}.md"


def test_no_two_rules_are_the_same_alert_of_one_severity(scope: Scope) -> None:
    found = [(alert.name, alert.severity) for alert in all_alerts(scope)]
    assert len(found) == len(set(found))


def test_what_explains_an_alert_is_an_alert(scope: Scope) -> None:
    alerts = all_alerts(scope)
    assert set(chain.from_iterable(alert.explained_by for alert in alerts)) <= {alert.name for alert in alerts}


def test_every_alert_has_a_page_and_every_page_an_alert(scope: Scope) -> None:
    pages = {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"}
    central = rules.alerts(rulebook.central_settings())
    assert pages == {alert.name for alert in (*all_alerts(scope), *central)}


def test_a_page_answers_the_same_questions_in_the_same_order(scope: Scope) -> None:
    for page in RUNBOOKS.glob("*.md"):
        if page.stem == "README":
            continue
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.stem}\n"), page.name
        assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS, page.name
        assert "```" in text, f"{page.name} has no command"
        assert len(text.split()) < 400, f"{page.name} is not read in a minute"


def test_the_list_of_pages_names_every_one_with_its_severities(scope: Scope) -> None:
    listed = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    central = {key for key in rulebook.central_rules() if key[0] != WATCHDOG}
    for alert, severity in rulebook.rules(scope).keys() | central:
        row = next((line for line in listed.splitlines() if f"[{alert}]({alert}.md)" in line), "")
        assert severity in row, alert


def test_links_between_pages_lead_somewhere() -> None:
    for page in RUNBOOKS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert "://" in link or (page.parent / link).resolve().exists(), f"{page.name}: {link}"


def test_one_more_role_is_one_more_that_must_be_up(scope: Scope) -> None:
    more = Scope(scope.settings, (*scope.roles, "translator"), scope.jobs)
    assert 'agent_role="translator"' in rulebook.rules(more)["MCPServiceDown", "critical"]["expr"]
    assert 'agent_role="translator"' not in rulebook.rules(scope)["MCPServiceDown", "critical"]["expr"]


def test_a_job_that_nothing_reads_has_no_rule(scope: Scope) -> None:
    fewer = Scope(scope.settings, scope.roles, scope.jobs - {"nginx-ingress", "cert-manager", "redis", "fluentd"})
    names = {alert.name for alert in all_alerts(fewer)}
    gone = {alert.name for alert in all_alerts(scope)} - names
    assert gone == {
        "IngressDown",
        "IngressConfigurationRejected",
        "CertificateExpiresSoon",
        "CertificateNotReady",
        "CacheServerDown",
        "CacheWithoutMaster",
        "LogDeliveryFails",
        "LogBufferFillingUp",
        "LogRecordsRefused",
    }


def test_one_instance_has_no_standby_to_miss() -> None:
    settings = rulebook.settings("local")
    assert settings.database.instances == 1
    names = {alert.name for alert in all_alerts(Scope(settings, rulebook.ROLES, rulebook.JOBS))}
    assert "DatabaseDown" in names
    assert not names & {"DatabaseInstanceDown", "DatabaseWithoutStandby", "DatabaseReplicationLagHigh"}


def test_a_drill_is_quicker_and_still_sees_enough() -> None:
    slow, quick = Pace(1), Pace(60)
    assert (slow.scrape, slow.window(300), slow.hold(120), slow.hold(30)) == ("15s", "5m", "2m", "30s")
    assert (quick.scrape, quick.window(300), quick.hold(120), quick.hold(30)) == ("1s", "5s", "2s", "2s")
    for speed in range(1, 61):
        pace = Pace(speed)
        assert seconds(pace.window(60)) >= 4 * seconds(pace.scrape), speed
        assert seconds(pace.hold(30)) >= 2 * seconds(pace.scrape), speed


def test_only_a_developer_s_machine_hurries() -> None:
    with pytest.raises(SettingsError, match=r"monitoring\.alertSpeed = 10: must be 1 outside environment local"):
        rulebook.settings("prod", alertSpeed=10)
    assert rulebook.settings("local", alertSpeed=10).monitoring.alert_speed == 10


def test_a_slow_turn_is_measured_where_the_histogram_has_a_bound() -> None:
    for bound in (5, 10, 20, 30, 45, 60, 90, 120, 150, 180, 240, 300):
        assert bound in TURN_BUCKETS
        assert Monitoring(slow_turn_seconds=bound).slow_turn_seconds == bound
    with pytest.raises(ValidationError):
        Monitoring(slow_turn_seconds=100)  # pyright: ignore[reportArgumentType]
