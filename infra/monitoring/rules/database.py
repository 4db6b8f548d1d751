"""The database, by CloudNativePG's exporter (its config/manager/default-monitoring.yaml and
pkg/management/postgres/webserver/metricserver) and by the kubelet's figures of its volumes."""

from infra.monitoring.pace import MINUTE
from infra.monitoring.rules.alert import Alert, Scope, Severity

DATABASE = 'job="postgresql"'
VOLUMES = 'namespace="database"'
LAG_SECONDS = 60
"""Lists, exports and dashboards read a replica: older than this they mislead."""
TRANSACTION_SECONDS = 600
"""No statement of the platform takes a tenth of it; a transaction that stays open keeps the queue's dead rows."""
IDS_WARNING, IDS_CRITICAL = 500_000_000, 1_500_000_000
"""Autovacuum freezes at 200 million; at 2^31, less three million, PostgreSQL takes no more writes."""


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``database``."""
    return (*_connections(scope), *_instances(scope), *_transactions(scope), *_volumes(scope))


def _connections(scope: Scope) -> tuple[Alert, ...]:
    return (
        Alert(
            name="DatabaseConnectionPoolExhausted",
            severity=Severity.CRITICAL,
            expr=f"""
                sum by (namespace, pod) (cnpg_backends_total{{{DATABASE}}})
                / max by (namespace, pod) (cnpg_pg_settings_setting{{{DATABASE},name="max_connections"}})
                > 0.9
            """,
            hold=scope.pace.hold(MINUTE),
            summary="Database connection pool nearly exhausted",
            description="Database connection usage of {{ $labels.pod }} is at {{ $value | humanizePercentage }}",
        ),
    )


def _instances(scope: Scope) -> tuple[Alert, ...]:
    pace, instances = scope.pace, scope.settings.database.instances
    down = Alert(
        name="DatabaseDown",
        severity=Severity.CRITICAL,
        expr=f"absent(cnpg_collector_up{{{DATABASE}}} == 1)",
        hold=pace.hold(MINUTE),
        summary="No database instance is up",
        description="No PostgreSQL answers its exporter: the engine accepts and does nothing",
    )
    if instances == 1:
        return (down,)
    primary = f"cnpg_pg_replication_in_recovery{{{DATABASE}}} == 0"
    return (
        down,
        Alert(
            name="DatabaseInstanceDown",
            severity=Severity.WARNING,
            expr=f"count by (namespace) (cnpg_collector_up{{{DATABASE}}} == 1) < {instances}",
            hold=pace.hold(10 * MINUTE),
            summary="A database instance is down",
            description=f"{{{{ $value }}}} of {instances} instances are up",
        ),
        Alert(
            name="DatabaseWithoutStandby",
            severity=Severity.CRITICAL,
            expr=f"""
                max by (namespace, pod) (cnpg_pg_replication_streaming_replicas{{{DATABASE}}}) == 0
                and on (namespace, pod) {primary}
            """,
            hold=pace.hold(MINUTE),
            summary="No standby follows the primary, so no write ends",
            description="Nothing streams from {{ $labels.pod }}: a commit waits for one standby, which is not there",
            explained_by=("DatabaseDown",),
        ),
        Alert(
            name="DatabaseReplicationLagHigh",
            severity=Severity.WARNING,
            expr=f"max by (namespace, pod) (cnpg_pg_replication_lag{{{DATABASE}}}) > {LAG_SECONDS}",
            hold=pace.hold(5 * MINUTE),
            summary="A database replica lags behind",
            description="{{ $labels.pod }} is {{ $value | humanizeDuration }} behind: what it answers is that old",
            explained_by=("DatabaseDown",),
        ),
    )


def _transactions(scope: Scope) -> tuple[Alert, ...]:
    pace = scope.pace
    longest = f'cnpg_backends_max_tx_duration_seconds{{{DATABASE},usename!="backup"}}'
    used = f"max by (namespace, datname) (cnpg_pg_database_xid_age{{{DATABASE}}})"
    running_out = Alert(
        name="DatabaseTransactionIdsRunOut",
        severity=Severity.WARNING,
        expr=f"{used} > {IDS_WARNING}",
        hold=pace.hold(15 * MINUTE),
        summary="Transaction ids run out",
        description="The oldest row of {{ $labels.datname }} is {{ $value | humanize }} transactions old, of 2.1G",
    )
    return (
        Alert(
            name="DatabaseTransactionTooLong",
            severity=Severity.WARNING,
            expr=f"max by (namespace, pod, usename) ({longest}) > {TRANSACTION_SECONDS}",
            hold=pace.hold(MINUTE),
            summary="A database transaction stays open",
            description=(
                "{{ $labels.usename }} has one open for {{ $value | humanizeDuration }} on {{ $labels.pod }}: "
                "vacuum removes nothing newer, and the queue slows down"
            ),
        ),
        running_out,
        Alert(
            name=running_out.name,
            severity=Severity.CRITICAL,
            expr=f"{used} > {IDS_CRITICAL}",
            hold=running_out.hold,
            summary=running_out.summary,
            description=running_out.description,
        ),
    )


def _volumes(scope: Scope) -> tuple[Alert, ...]:
    pace = scope.pace
    free = f"""
        min by (namespace, persistentvolumeclaim) (
        kubelet_volume_stats_available_bytes{{{VOLUMES}}} / kubelet_volume_stats_capacity_bytes{{{VOLUMES}}})
    """
    return tuple(
        Alert(
            name="DatabaseVolumeFillingUp",
            severity=severity,
            expr=f"{free} < {least}",
            hold=pace.hold(seconds),
            summary="A database volume fills up",
            description=(
                "{{ $value | humanizePercentage }} of {{ $labels.persistentvolumeclaim }} is free; "
                "PostgreSQL stops at none"
            ),
        )
        for severity, least, seconds in ((Severity.WARNING, 0.25, 15 * MINUTE), (Severity.CRITICAL, 0.1, 5 * MINUTE))
    )
