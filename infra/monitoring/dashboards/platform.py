"""The specification's dashboard ("Grafana Dashboard Configuration"): its panels, with queries that can be answered.

Ratios are of sums, since labels of both sides must be equal; a quantile is of buckets summed by bound; and the
database's figures are CloudNativePG's, which has no ``postgresql_*``.
"""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, Step

SUCCESS: Final = (
    'sum(rate(workflow_executions_total{status="completed"}[5m])) / sum(rate(workflow_executions_total[5m]))'
)
STATEMENTS: Final = "sum(rate(cnpg_pg_stat_statements_calls[5m]))"
CONNECTIONS: Final = "sum(cnpg_backends_total)"


def response_time(quantile: str) -> str:
    """Duration of a model turn, seconds, over all roles."""
    return f"histogram_quantile({quantile}, sum by (le) (rate(agent_response_duration_seconds_bucket[5m])))"


BOARD: Final = Board(
    name="mcp-orchestration-dashboard",
    title="MCP Orchestration Platform",
    tags=("mcp", "orchestration", "agents"),
    rows=(
        Row(
            None,
            (
                Panel(
                    "Workflow Success Rate",
                    (Query(SUCCESS, "Success Rate"),),
                    kind=Kind.STAT,
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                    steps=(Step("red", 0), Step("yellow", 0.8), Step("green", 0.95)),
                    width=8,
                ),
                Panel(
                    "Agent Response Times",
                    (Query(response_time("0.95"), "95th percentile"), Query(response_time("0.50"), "50th percentile")),
                    unit="s",
                    width=16,
                ),
                Panel("Active Workflows", (Query("sum(workflow_executions_active)", "Active Workflows"),), width=8),
                Panel(
                    "Agent Utilization",
                    (Query("sum by (agent_role) (rate(agent_executions_total[1m]))", "{{ agent_role }}"),),
                    kind=Kind.HEATMAP,
                    width=16,
                ),
                Panel(
                    "Database Performance",
                    (Query(STATEMENTS, "Queries/sec"), Query(CONNECTIONS, "Active Connections")),
                    width=24,
                ),
            ),
        ),
    ),
)
