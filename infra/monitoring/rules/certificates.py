"""Certificates, by cert-manager (its internal/collectors/certificate_collector.go), where it is read."""

from infra.monitoring.pace import DAY, HOUR, MINUTE, Pace
from infra.monitoring.rules.alert import Alert, Scope, Severity

JOB = "cert-manager"
CERTIFICATES = f'job="{JOB}"'
WARNING_DAYS, CRITICAL_DAYS = 21, 7
"""A certificate of 90 days is renewed 30 before its end: nine days of failing are no accident."""


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``certificates``."""
    return issued(scope.pace) if JOB in scope.jobs else ()


def issued(pace: Pace) -> tuple[Alert, ...]:
    """Of any stack whose cert-manager is read."""
    left = f"min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds{{{CERTIFICATES}}}) - time()"
    return (
        *(
            Alert(
                name="CertificateExpiresSoon",
                severity=severity,
                expr=f"{left} < {days * DAY}",
                hold=pace.hold(HOUR),
                summary="A certificate was not renewed in time",
                description="{{ $labels.namespace }}/{{ $labels.name }} ends in {{ $value | humanizeDuration }}",
            )
            for severity, days in ((Severity.WARNING, WARNING_DAYS), (Severity.CRITICAL, CRITICAL_DAYS))
        ),
        Alert(
            name="CertificateNotReady",
            severity=Severity.WARNING,
            expr=f"""
                max by (namespace, name)
                (certmanager_certificate_ready_status{{{CERTIFICATES},condition!="True"}}) == 1
            """,
            hold=pace.hold(15 * MINUTE),
            summary="A certificate is not ready",
            description="{{ $labels.namespace }}/{{ $labels.name }} is not issued, or not for what is asked now",
            explained_by=("CertificateExpiresSoon",),
        ),
    )
