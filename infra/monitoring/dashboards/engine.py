"""The orchestration engine: workflows, requests, streams, replicas."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

REFUSED: Final = '(sum(rate(http_requests_total{status=~"5.."}[5m])) or vector(0)) / sum(rate(http_requests_total[5m]))'
"""A status has no series before its first answer: without the zero a healthy engine would show nothing."""

BOARD: Final = Board(
    name="mcp-engine",
    title="Orchestration Engine",
    tags=("mcp", "engine"),
    rows=(
        Row(
            "Workflows",
            (
                Panel(
                    "Finished, by status",
                    (Query("sum by (status) (rate(workflow_executions_total[5m]))", "{{ status }}"),),
                    unit="ops",
                    stacked=True,
                ),
                Panel(
                    "Holding a slot",
                    (Query("sum(workflow_executions_active)", "active"),),
                    description="Workflows of the region that were admitted and are not finished.",
                ),
                Panel(
                    "Steps that wait for an agent",
                    (Query("sum by (agent_role) (steps_ready)", "{{ agent_role }}"),),
                    stacked=True,
                ),
                Panel(
                    "Steps run, by outcome",
                    (Query("sum by (status) (rate(agent_executions_total[5m]))", "{{ status }}"),),
                    unit="ops",
                    stacked=True,
                ),
            ),
        ),
        Row(
            "Requests",
            (
                Panel(
                    "Answers, by status",
                    (Query("sum by (status) (rate(http_requests_total[5m]))", "{{ status }}"),),
                    unit="reqps",
                    stacked=True,
                ),
                Panel(
                    "Share of server errors",
                    (Query(REFUSED, "5xx"),),
                    kind=Kind.STAT,
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                    steps=limits(0.01, 0.05),
                    width=6,
                ),
                Panel(
                    "Refused with 429",
                    (
                        Query("sum(rate(rate_limited_requests_total[5m]))", "over the limit"),
                        Query("sum(rate(rate_limiter_unavailable_requests_total[5m]))", "let through without a cache"),
                    ),
                    unit="reqps",
                    width=6,
                ),
                Panel("Event streams", (Query("sum by (pod) (websocket_connections)", "{{ pod }}"),), stacked=True),
                Panel(
                    "Event streams ended, by reason",
                    (Query("sum by (reason) (rate(websocket_closed_total[5m]))", "{{ reason }}"),),
                    unit="ops",
                ),
            ),
        ),
        Row(
            "Replicas",
            (
                Panel(
                    "Answering",
                    (Query('sum(up{job="orchestration-engine"})', "up"),),
                    kind=Kind.STAT,
                    steps=limits(2, 1),
                    width=6,
                ),
                Panel(
                    "CPU",
                    (
                        Query(
                            'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="mcp-orchestration",'
                            'container="orchestration-engine"}[5m]))',
                            "{{ pod }}",
                        ),
                    ),
                    width=9,
                ),
                Panel(
                    "Memory",
                    (
                        Query(
                            'sum by (pod) (container_memory_working_set_bytes{namespace="mcp-orchestration",'
                            'container="orchestration-engine"})',
                            "{{ pod }}",
                        ),
                    ),
                    unit="bytes",
                    width=9,
                ),
            ),
        ),
    ),
)
