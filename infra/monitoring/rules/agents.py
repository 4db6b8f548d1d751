"""Engine and agents themselves: up, quick enough, and under the role that was given to them."""

from infra.monitoring.pace import MINUTE
from infra.monitoring.rules.alert import Alert, Scope, Severity
from infra.monitoring.rules.workflows import ENGINE

AGENTS = 'job="mcp-agents"'
BOTH = 'job=~"orchestration-engine|mcp-agents"'


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``agents``."""
    pace = scope.pace
    return (
        Alert(
            name="AgentResponseTimeTooHigh",
            severity=Severity.WARNING,
            expr=f"""
                histogram_quantile(0.95, sum by (namespace, agent_role, le)
                (rate(agent_response_duration_seconds_bucket{{{ENGINE}}}[{pace.window(5 * MINUTE)}])))
                > {scope.settings.monitoring.slow_turn_seconds}
            """,
            hold=pace.hold(3 * MINUTE),
            summary="Agent response time too high",
            description=(
                '95th percentile agent response time of {{ $labels.agent_role }} is {{ $value | printf "%.0f" }}s'
            ),
            explained_by=("MCPServiceDown", "NoModelProviderAnswers"),
        ),
        Alert(
            name="MCPServiceDown",
            severity=Severity.CRITICAL,
            expr=_down(scope.roles),
            hold=pace.hold(30),
            summary="MCP service is down",
            description=(
                "Service {{ $labels.job }}"
                "{{ if $labels.agent_role }} {{ $labels.agent_role }}{{ end }}"
                "{{ if $labels.instance }} on {{ $labels.instance }} is down{{ else }} has no pod at all{{ end }}"
            ),
        ),
        Alert(
            name="RoleFileRejected",
            severity=Severity.WARNING,
            expr=f"min by (namespace, agent_role) (agent_role_valid{{{AGENTS}}}) == 0",
            hold=pace.hold(5 * MINUTE),
            summary="An agent refuses its new role file",
            description="An agent of {{ $labels.agent_role }} goes on under an older role: the new file is not valid",
        ),
    )


def _down(roles: tuple[str, ...]) -> str:
    """A pod that does not answer, but for one that was told to go; and a service, or a role, that has no pod."""
    absent = [f"absent(up{{{ENGINE}}})"]
    absent += [f'absent(up{{{AGENTS},agent_role="{role}"}})' for role in roles]
    going = "unless on (namespace, pod) kube_pod_deletion_timestamp"
    return " or ".join((f"(up{{{BOTH}}} == 0 {going})", *absent))
