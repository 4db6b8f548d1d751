"""Log lines on their way, by Fluentd (fluent-plugin-prometheus 2.2 lib/fluent/plugin/in_prometheus_output_monitor.rb).

Elasticsearch itself shows Prometheus nothing; what it does not take stays in Fluentd's buffer, which is what counts.
"""

from infra.monitoring.pace import MINUTE
from infra.monitoring.rules.alert import Alert, Scope, Severity

JOB = "fluentd"
FLUENTD = f'job="{JOB}"'
FAILURES = 5
"""Failed writes in ten minutes: one that is tried again for ever fails ten times, one a minute."""
LEAST_FREE_PERCENT = 25


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``logs``; none where Fluentd is not read."""
    if JOB not in scope.jobs:
        return ()
    pace = scope.pace
    ten = pace.window(10 * MINUTE)
    refused = f"fluentd_refused_records_total{{{FLUENTD}}}"
    where = "by (namespace, pod, plugin_id)"
    return (
        Alert(
            name="LogDeliveryFails",
            severity=Severity.WARNING,
            expr=f"max {where} (increase(fluentd_output_status_num_errors{{{FLUENTD}}}[{ten}])) > {FAILURES}",
            hold=pace.hold(10 * MINUTE),
            summary="Log lines are not delivered",
            description="{{ $labels.pod }} fails to write to {{ $labels.plugin_id }}; lines wait in its buffer",
        ),
        Alert(
            name="LogBufferFillingUp",
            severity=Severity.WARNING,
            expr=f"""
                min {where} (fluentd_output_status_buffer_available_space_ratio{{{FLUENTD}}}) < {LEAST_FREE_PERCENT}
            """,
            hold=pace.hold(10 * MINUTE),
            summary="A buffer of log lines fills up",
            description="{{ $value }} % of the buffer of {{ $labels.plugin_id }} on {{ $labels.pod }} is free",
        ),
        Alert(
            name="LogRecordsRefused",
            severity=Severity.WARNING,
            # A counter that comes with its first record has not increased.
            expr=f"""
                sum by (namespace, pod) (increase({refused}[{ten}]) or ({refused} unless {refused} offset {ten})) > 0
            """,
            hold=pace.hold(MINUTE),
            summary="The log store refuses records",
            description="{{ $value | humanize }} records of {{ $labels.pod }} were refused for good",
        ),
    )
