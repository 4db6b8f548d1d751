"""The way in: answers of the API, and NGINX before it (nginx/kubernetes-ingress internal/metrics/collectors)."""

from infra.monitoring.pace import MINUTE, Pace
from infra.monitoring.rules.alert import Alert, Scope, Severity
from infra.monitoring.rules.workflows import ENGINE

JOB = "nginx-ingress"
NGINX = f'job="{JOB}"'


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``entrance``; NGINX only where it is read, not where it is another's."""
    pace = scope.pace
    five = pace.window(5 * MINUTE)
    errors = Alert(
        name="ApiErrorRateHigh",
        severity=Severity.WARNING,
        expr=f"""
            sum by (namespace) (rate(http_requests_total{{{ENGINE},status=~"5.."}}[{five}]))
            / sum by (namespace) (rate(http_requests_total{{{ENGINE}}}[{five}]))
            > 0.05
        """,
        hold=pace.hold(5 * MINUTE),
        summary="The API answers with errors of its own",
        description="{{ $value | humanizePercentage }} of the API's answers are 5xx",
        explained_by=("MCPServiceDown", "DatabaseDown", "DatabaseWithoutStandby"),
    )
    return (errors, *(served(scope.pace) if JOB in scope.jobs else ()))


def served(pace: Pace) -> tuple[Alert, ...]:
    """Of any stack whose NGINX is read."""
    return (
        Alert(
            name="IngressDown",
            severity=Severity.CRITICAL,
            expr=f"absent(up{{{NGINX}}} == 1)",
            hold=pace.hold(MINUTE),
            summary="No ingress controller runs",
            description="No NGINX answers Prometheus: from outside nothing of this region is reached",
        ),
        Alert(
            name="IngressConfigurationRejected",
            severity=Severity.WARNING,
            expr=f"min by (namespace, pod) (nginx_ingress_controller_nginx_last_reload_status{{{NGINX}}}) == 0",
            hold=pace.hold(5 * MINUTE),
            summary="NGINX refuses its configuration",
            description="{{ $labels.pod }} goes on with an older configuration: changes of routes do not arrive",
        ),
    )
