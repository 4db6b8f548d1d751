"""The database's archive and base backups.

Times of backups are those of the Barman plugin (plugin-barman-cloud internal/cnpgi/instance/metrics.go): with it,
CloudNativePG's own stand still. A time is 0 where there is none.
"""

from infra.monitoring.pace import HOUR, MINUTE
from infra.monitoring.rules.alert import Alert, Scope, Severity
from infra.monitoring.rules.database import DATABASE

BARMAN = "barman_cloud_cloudnative_pg_io"
OLDEST_HOURS = 26
"""One base backup a day, and two hours for it to be made in."""


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``backups``; none where backups are off."""
    if not scope.settings.backup.enabled.is_on:
        return ()
    pace = scope.pace
    latest = f"max by (namespace) ({BARMAN}_last_available_backup_timestamp{{{DATABASE}}})"
    failed = f"max by (namespace) ({BARMAN}_last_failed_backup_timestamp{{{DATABASE}}})"
    return (
        Alert(
            name="DatabaseBackupTooOld",
            severity=Severity.CRITICAL,
            expr=f"time() - {latest} > {OLDEST_HOURS * HOUR}",
            hold=pace.hold(HOUR),
            summary="The newest database backup is too old",
            description="The newest base backup is {{ $value | humanizeDuration }} old, or there is none",
        ),
        Alert(
            name="DatabaseBackupFailed",
            severity=Severity.WARNING,
            expr=f"{failed} > {latest}",
            hold=pace.hold(5 * MINUTE),
            summary="A database backup failed",
            description="The newest attempt at a base backup failed, and none succeeded since",
            explained_by=("DatabaseBackupTooOld",),
        ),
        Alert(
            name="WalArchivingFails",
            severity=Severity.CRITICAL,
            expr=f"""
                max by (namespace, pod) (cnpg_pg_stat_archiver_last_failed_time{{{DATABASE}}})
                > max by (namespace, pod) (cnpg_pg_stat_archiver_last_archived_time{{{DATABASE}}})
            """,
            hold=pace.hold(10 * MINUTE),
            summary="The database's log is not archived",
            description=(
                "{{ $labels.pod }} archives nothing: what a lost region would lose grows, and so does its volume"
            ),
        ),
    )
