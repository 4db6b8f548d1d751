"""The agents: what they share, and a row for each role file."""

from collections.abc import Iterable

from contract.names import Namespace, agent_autoscaler, agent_deployment
from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits


def board(roles: Iterable[str]) -> Board:
    """A dashboard with a row for each of these role ids."""
    return Board(
        name="mcp-agents",
        title="Agents",
        tags=("mcp", "agents"),
        rows=(_shared(), *(_role(role) for role in roles)),
    )


def _shared() -> Row:
    return Row(
        "All agents",
        (
            Panel(
                "Upstream calls, by provider and outcome",
                (Query("sum by (provider, outcome) (rate(llm_requests_total[5m]))", "{{ provider }} {{ outcome }}"),),
                unit="reqps",
            ),
            Panel(
                "Upstream calls, 95th percentile",
                (
                    Query(
                        "histogram_quantile(0.95, sum by (le, provider) "
                        "(rate(llm_request_duration_seconds_bucket[5m])))",
                        "{{ provider }}",
                    ),
                ),
                unit="s",
            ),
            Panel(
                "Tokens a second",
                (Query("sum by (provider, direction) (rate(llm_tokens_total[5m]))", "{{ provider }} {{ direction }}"),),
            ),
            Panel(
                "Providers passed over",
                (Query("sum by (provider) (rate(llm_failovers_total[5m]))", "{{ provider }}"),),
                unit="ops",
            ),
        ),
    )


def _role(role: str) -> Row:
    of, namespace = f'agent_role="{role}"', f'namespace="{Namespace.AGENTS}"'
    autoscaler = f'{namespace},horizontalpodautoscaler="{agent_autoscaler(role)}"'
    buckets = f"sum by (le) (rate(agent_response_duration_seconds_bucket{{{of}}}[5m]))"
    return Row(
        role,
        (
            Panel(
                "Turns",
                (
                    Query(f"histogram_quantile(0.95, {buckets})", "95th percentile"),
                    Query(f"histogram_quantile(0.50, {buckets})", "50th percentile"),
                ),
                unit="s",
                width=6,
            ),
            Panel(
                "Steps",
                (
                    Query(f"sum by (status) (rate(agent_executions_total{{{of}}}[5m]))", "{{ status }}"),
                    Query(f"sum(rate(agent_repairs_total{{{of}}}[5m]))", "second tries"),
                    Query(f"sum(rate(agent_refused_tool_calls_total{{{of}}}[5m]))", "refused tool calls"),
                ),
                unit="ops",
                width=6,
            ),
            Panel(
                "Queue",
                (
                    Query(f"sum(steps_ready{{{of}}}) or vector(0)", "waiting"),
                    Query(f"sum(agent_turns_in_flight{{{of}}})", "in work"),
                ),
                width=5,
            ),
            Panel(
                "Replicas",
                (
                    Query(
                        f'kube_deployment_status_replicas_available{{{namespace},deployment="{agent_deployment(role)}"}}',
                        "available",
                    ),
                    Query(f"kube_horizontalpodautoscaler_status_desired_replicas{{{autoscaler}}}", "wanted"),
                ),
                minimum=0,
                width=4,
            ),
            Panel(
                "Role file",
                (Query(f"min(agent_role_valid{{{of}}})", "newest in use"),),
                kind=Kind.STAT,
                steps=limits(1, 0.5),
                width=3,
                description="1 while the newest role file is in use everywhere, 0 while an older one is somewhere.",
            ),
        ),
    )
