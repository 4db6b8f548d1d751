"""Backups: how old the newest one is, whether the archive keeps up, and how the daily jobs ended."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

BARMAN: Final = "barman_cloud_cloudnative_pg_io"
DAY: Final = 86_400.0
JOBS: Final = 'namespace="mcp-orchestration"'

BOARD: Final = Board(
    name="mcp-backup",
    title="Backup",
    tags=("mcp", "backup"),
    rows=(
        Row(
            "Archive",
            (
                Panel(
                    "Age of the newest base backup",
                    (Query(f"time() - max({BARMAN}_last_available_backup_timestamp > 0)", "age"),),
                    kind=Kind.STAT,
                    unit="s",
                    steps=limits(1.25 * DAY, 2 * DAY),
                    width=8,
                ),
                Panel(
                    "Recoverable since",
                    (Query(f"time() - max({BARMAN}_first_recoverability_point > 0)", "before now"),),
                    kind=Kind.STAT,
                    unit="s",
                    width=8,
                ),
                Panel(
                    "Newest archived WAL",
                    (Query("min(cnpg_pg_stat_archiver_seconds_since_last_archival >= 0)", "age"),),
                    kind=Kind.STAT,
                    unit="s",
                    steps=limits(600, 1800),
                    width=8,
                ),
                Panel(
                    "WAL files",
                    (
                        Query("sum(rate(cnpg_pg_stat_archiver_archived_count[5m]))", "archived"),
                        Query("sum(rate(cnpg_pg_stat_archiver_failed_count[5m]))", "failed"),
                    ),
                    unit="ops",
                ),
                Panel(
                    "WAL files that wait for the archive",
                    (Query('max by (pod) (cnpg_collector_pg_wal_archive_status{value="ready"})', "{{ pod }}"),),
                ),
            ),
        ),
        Row(
            "Daily jobs",
            (
                Panel(
                    "Time since the last success",
                    (
                        Query(
                            f"time() - max by (cronjob) (kube_cronjob_status_last_successful_time{{{JOBS}}})",
                            "{{ cronjob }}",
                        ),
                    ),
                    unit="s",
                    steps=limits(1.25 * DAY, 2 * DAY),
                ),
                Panel(
                    "Failed jobs",
                    (Query(f"sum by (job_name) (kube_job_status_failed{{{JOBS}}}) > 0", "{{ job_name }}"),),
                ),
            ),
        ),
    ),
)
