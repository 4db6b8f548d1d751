"""Panels show something: the application as processes, a finished workflow, and Prometheus asked what panels ask.

What the cluster, the database and third parties export does not run here; see tests/infra/monitoring for those names.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from infra.catalogue import read_catalogue
from infra.monitoring import metrics
from infra.monitoring.dashboards import agents, engine, platform
from infra.monitoring.dashboards.model import Board
from ops.toolchain.alerting import PROMETHEUS
from ops.toolchain.tools import ensure_group
from tests.infra.monitoring.promql import names
from tests.monitoring_dashboards.server import Asked, Scraped, prometheus
from tests.platform import processes
from tests.platform.processes import client, until
from tests.servers.postgres import Database

BODY = {"template": "software-delivery", "input": {"brief": "A clock that shows the time in three cities."}}
OURS = {**metrics.ENGINE.metrics, **metrics.AGENT.metrics, **metrics.ITSELF.metrics}
RARE = {"websocket_closed_total", "llm_failovers_total", "steps_ready"}
"""Has no series before its label's first event, which does not happen in this test, or not when the engine counts."""


@pytest.fixture(scope="module")
def program() -> Path:
    return dict(ensure_group((PROMETHEUS,), print))[PROMETHEUS.name]


@pytest.fixture(scope="module")
def roles() -> tuple[str, ...]:
    return tuple(file.role.id for file in read_catalogue("roles").roles)


@pytest.fixture
def server(program: Path, tmp_path: Path, database: Database, cache_url: str) -> Iterator[Asked]:
    """A Prometheus that has read an engine and its agents while two workflows ran to their end."""
    with processes.platform(tmp_path, database, cache_url) as made:
        _, url, _ = made.engine("engine")
        targets = [Scraped(url.removeprefix("http://"), {"job": "orchestration-engine", "pod": "engine"})]
        targets += [
            Scraped(agent, {"job": "mcp-agents", "pod": role, "agent_role": role})
            for role, agent in agent_addresses(tmp_path).items()
        ]
        with prometheus(program, tmp_path, targets) as asked, client(url) as http:
            until(lambda: len(asked.query("up == 1")) == len(targets))
            run(http, "first")
            until(lambda: asked.query('sum(workflow_executions_total{status="completed"}) == 1'))
            until(lambda: asked.query("count(agent_response_duration_seconds_count) > 0"))
            run(http, "second")
            until(lambda: asked.query('sum(increase(workflow_executions_total{status="completed"}[1m])) > 0'))
            until(lambda: asked.query("sum(increase(agent_response_duration_seconds_count[1m])) > 0"))
            yield asked


def run(http: httpx.Client, key: str) -> None:
    """A workflow to its end. Of a role's first turn no rate is seen: its series begins with it."""
    made_id = http.post("/api/v1/workflows", json=BODY, headers={"Idempotency-Key": key}).json()["id"]
    until(lambda: http.get(f"/api/v1/workflows/{made_id}").json()["status"] == "completed")


def agent_addresses(directory: Path) -> dict[str, str]:
    """Role -> host and port of its agent, as the engine was told."""
    endpoints = json.loads((directory / "AGENT_ENDPOINTS_FILE").read_text(encoding="utf-8"))
    return {role: urlsplit(url).netloc for role, url in endpoints.items()}


def own_queries(board: Board) -> list[tuple[str, str]]:
    """Title and query of each panel that needs nothing but the application's metrics."""
    return [
        (panel.title, query.expr)
        for panel in board.panels
        for query in panel.queries
        if names(query.expr).metrics <= set(OURS) - RARE
    ]


@pytest.mark.servers
def test_after_two_workflows_every_panel_shows_something_and_what_is_exported_is_the_table(
    server: Asked, roles: tuple[str, ...]
) -> None:
    asked = [each for board in (platform.BOARD, engine.BOARD, agents.board(roles)) for each in own_queries(board)]
    assert len(asked) > 30
    assert [each for each in asked if not server.query(each[1])] == []
    (rate,) = server.query(platform.SUCCESS)
    assert float(rate["value"][1]) == 1.0
    (slow,) = server.query(platform.response_time("0.95"))
    assert 0 < float(slow["value"][1]) < 120
    for job, source in (("orchestration-engine", metrics.ENGINE), ("mcp-agents", metrics.AGENT)):
        seen = {each["metric"]["__name__"] for each in server.query(f'{{job="{job}"}}')}
        own = {name for name in seen if not name.startswith(("scrape_", "up")) and not name.endswith("_created")}
        assert own <= set(source.metrics), own - set(source.metrics)
        assert set(source.metrics) - own <= RARE, set(source.metrics) - own
