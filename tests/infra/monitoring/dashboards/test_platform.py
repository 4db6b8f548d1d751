"""The specification's dashboard, panel by panel; only its queries differ, and why says infra/monitoring/dashboards."""

from typing import Any

import pytest

from tests.infra.monitoring.promql import names


@pytest.fixture
def dashboard(files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return files["mcp-orchestration-dashboard"]


def test_it_is_what_the_specification_names(dashboard: dict[str, Any]) -> None:
    assert dashboard["title"] == "MCP Orchestration Platform"
    assert dashboard["tags"] == ["mcp", "orchestration", "agents"]
    assert dashboard["timezone"] == "browser"
    assert dashboard["time"] == {"from": "now-1h", "to": "now"}
    assert dashboard["refresh"] == "30s"
    assert dashboard.get("id") is None


def test_it_has_the_five_panels(dashboard: dict[str, Any]) -> None:
    assert [(each["id"], each["title"], each["type"]) for each in dashboard["panels"]] == [
        (1, "Workflow Success Rate", "stat"),
        (2, "Agent Response Times", "timeseries"),
        (3, "Active Workflows", "timeseries"),
        (4, "Agent Utilization", "heatmap"),
        (5, "Database Performance", "timeseries"),
    ]
    legends = [[target["legendFormat"] for target in each["targets"]] for each in dashboard["panels"]]
    assert legends == [
        ["Success Rate"],
        ["95th percentile", "50th percentile"],
        ["Active Workflows"],
        ["{{ agent_role }}"],
        ["Queries/sec", "Active Connections"],
    ]


def test_the_success_rate_is_a_share_with_its_colours(dashboard: dict[str, Any]) -> None:
    defaults = dashboard["panels"][0]["fieldConfig"]["defaults"]
    assert (defaults["unit"], defaults["min"], defaults["max"]) == ("percentunit", 0, 1)
    assert defaults["thresholds"]["steps"] == [
        {"color": "red", "value": 0},
        {"color": "yellow", "value": 0.8},
        {"color": "green", "value": 0.95},
    ]


def test_the_queries_ask_for_what_the_specification_meant(dashboard: dict[str, Any]) -> None:
    asked = [[names(target["expr"]).metrics for target in each["targets"]] for each in dashboard["panels"]]
    assert asked == [
        [{"workflow_executions_total"}],
        [{"agent_response_duration_seconds_bucket"}] * 2,
        [{"workflow_executions_active"}],
        [{"agent_executions_total"}],
        [{"cnpg_pg_stat_statements_calls"}, {"cnpg_backends_total"}],
    ]


def test_it_is_in_the_specifications_config_map(prod: list[Any]) -> None:
    (found,) = [each.inputs for each in prod if each.key == ("ConfigMap", "monitoring", "mcp-orchestration-dashboard")]
    assert found["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert list(found["data"]) == ["mcp-orchestration-dashboard.json"]
