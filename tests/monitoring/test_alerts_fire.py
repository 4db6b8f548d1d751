"""Alerts fire and clear in a real Prometheus when the running application is really hurt.

Windows and holds are a sixtieth of production's (``monitoring.alertSpeed``); thresholds are production's, but for the
slow turn's, which is the setting ``slowTurnSeconds`` at 5 s instead of 120 s. What no process here can show, such as
CloudNativePG's figures, is proven over simulated time alone (test_scenarios.py).
"""

import asyncio
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from infra.monitoring.metrics import TARGET
from ops.toolchain.tool import ToolName
from tests.monitoring import exposition
from tests.monitoring.live import ROLE, Live, live, live_alerts
from tests.servers import postgres

pytestmark = [pytest.mark.servers, pytest.mark.timeout(150)]


@pytest.fixture(scope="module")
def running(
    postgres_port: int, programs: dict[ToolName, Path], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Live]:
    name, database = asyncio.run(postgres.create(postgres_port))
    with live(tmp_path_factory.mktemp("live"), database, programs) as made:
        yield made
    asyncio.run(postgres.drop(postgres_port, name))


def test_a_healthy_platform_alerts_nobody(running: Live) -> None:
    running.clears(*(alert.name for alert in live_alerts()))  # what fired while it came up
    healthy_until = time.monotonic() + 5
    while time.monotonic() < healthy_until:
        running.workflow()
        running.request()
        assert not running.firing()


def test_an_agent_that_dies_is_told_and_its_return_too(running: Live) -> None:
    running.agents["qa_tester"].kill()
    (found,) = running.fires("MCPServiceDown")
    assert (found["labels"]["agent_role"], found["labels"]["severity"]) == ("qa_tester", "critical")
    told = running.told("MCPServiceDown", "firing")
    assert told["receiver"] == "critical"
    assert told["commonAnnotations"]["runbook_url"].endswith("/MCPServiceDown.md")
    running.restart("qa_tester")
    running.clears("MCPServiceDown")
    assert running.told("MCPServiceDown", "resolved")


def test_workflows_that_fail_are_told(running: Live) -> None:
    running.model.status = 400
    (found,) = running.fires("HighWorkflowFailureRate", running.workflow)
    assert found["labels"]["namespace"] == "mcp-orchestration"
    assert found["annotations"]["description"].startswith("Workflow failure rate is ")
    running.model.status = 200
    running.clears("HighWorkflowFailureRate", "NoModelProviderAnswers", traffic=running.workflow)


def test_a_refused_key_is_told_and_that_nothing_else_answers(running: Live) -> None:
    running.model.status = 401
    (found,) = running.fires("ModelProviderMisconfigured", running.workflow)
    assert found["labels"]["provider"] == "openai"
    running.fires("NoModelProviderAnswers", running.workflow)
    running.fires("ModelProviderFailing", running.workflow)
    assert running.told("NoModelProviderAnswers", "firing")["receiver"] == "critical"
    running.model.status = 200
    running.clears(
        "NoModelProviderAnswers", "ModelProviderMisconfigured", "ModelProviderFailing", traffic=running.workflow
    )


def test_a_slow_model_and_a_lost_cache_are_told_each_for_itself(running: Live) -> None:
    def traffic() -> None:
        running.workflow()
        running.request()

    running.model.delay = 6
    running.cache.stop()
    (slow,) = running.fires("AgentResponseTimeTooHigh", traffic)
    assert slow["labels"]["agent_role"] == ROLE
    running.fires("CacheUnreachable", traffic)
    running.model.delay = 0
    running.cache.start()
    running.clears("AgentResponseTimeTooHigh", "CacheUnreachable", traffic=traffic)


def test_an_api_without_its_database_is_told_and_its_probes_are_not_counted(running: Live) -> None:
    running.database.close()
    (found,) = running.fires("ApiErrorRateHigh", running.request)
    assert float(found["value"]) > 0.9, "readiness probes and scrapes were counted as answers"
    running.database.open()
    running.clears("ApiErrorRateHigh", traffic=running.request)


def test_every_metric_and_label_that_a_rule_asks_for_is_shown_by_these_processes(running: Live) -> None:
    running.model.delay = 2
    shown = running.once(lambda: everything(running), running.workflow, "these processes do not show all that is asked")
    running.model.delay = 0
    assert "steps_ready" in shown


def everything(running: Live) -> dict[str, set[str]] | None:
    """What engine and agent show, once nothing is missing; some appear with their first event."""
    shown = exposition.read(running.metrics()) | exposition.read(running.metrics(ROLE), "agent_role")
    shown["kube_pod_deletion_timestamp"] = set(TARGET)  # kube-state-metrics'
    return None if any(exposition.missing(alert.expr, shown) for alert in live_alerts()) else shown
