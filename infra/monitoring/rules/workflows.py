"""Workflows: they fail, find no slot, or nothing works on them. Metrics are the engine's (app/engine/metrics.py)."""

from infra.monitoring.pace import MINUTE
from infra.monitoring.rules.alert import Alert, Scope, Severity

ENGINE = 'job="orchestration-engine"'
TURNS_MISSED = 3
"""Time-outs of a turn that may pass with none ending, before the queue counts as stalled."""


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``workflows``. One replica counts for all, so sums and maxima are the region's."""
    pace, limits = scope.pace, scope.settings.limits
    five = pace.window(5 * MINUTE)
    patience = max(10 * MINUTE, TURNS_MISSED * limits.agent_timeout_seconds)
    return (
        Alert(
            name="HighWorkflowFailureRate",
            severity=Severity.WARNING,
            expr=f"""
                sum by (namespace) (rate(workflow_executions_total{{{ENGINE},status="failed"}}[{five}]))
                / sum by (namespace) (rate(workflow_executions_total{{{ENGINE}}}[{five}]))
                > 0.1
            """,
            hold=pace.hold(2 * MINUTE),
            summary="High workflow failure rate detected",
            description=f"Workflow failure rate is {{{{ $value | humanizePercentage }}}} over the last {five}",
            explained_by=("MCPServiceDown", "DatabaseDown", "NoModelProviderAnswers"),
        ),
        Alert(
            name="WorkflowSlotsExhausted",
            severity=Severity.WARNING,
            expr=f"""
                max by (namespace) (workflow_executions_active{{{ENGINE}}}) >= {limits.max_concurrent_workflows}
            """,
            hold=pace.hold(15 * MINUTE),
            summary="Every workflow slot is taken",
            description="{{ $value }} workflows run, which is MAX_CONCURRENT_WORKFLOWS: new ones wait",
            explained_by=("MCPServiceDown", "WorkflowQueueStalled", "NoModelProviderAnswers"),
        ),
        Alert(
            name="WorkflowQueueStalled",
            severity=Severity.CRITICAL,
            expr=f"""
                max by (namespace, agent_role) (max_over_time(steps_ready{{{ENGINE}}}[{five}])) > 0
                unless on (namespace, agent_role)
                sum by (namespace, agent_role)
                (rate(agent_response_duration_seconds_count{{{ENGINE}}}[{pace.window(patience)}])) > 0
            """,
            hold=pace.hold(patience),
            summary="Steps wait and none is worked on",
            description="{{ $value }} steps wait for {{ $labels.agent_role }}, and no turn of that role ends",
            explained_by=("MCPServiceDown", "DatabaseDown", "DatabaseWithoutStandby"),
        ),
    )
