"""The database and its backups."""

from tests.monitoring.scenarios.labels import BARMAN, DATABASE_NS, FIRST, OTHER_PG, PG, THIRD_PG, clock
from tests.monitoring.timeline import GONE, Scenario, Series


def backends(active: tuple[float, float]) -> tuple[Series, ...]:
    labels = 'datname="mcp_orchestration",usename="api"'
    return (
        Series(f'cnpg_backends_total{{{PG},{labels},application_name="engine api",state="idle"}}', *active),
        Series(f'cnpg_backends_total{{{PG},{labels},application_name="engine api",state="active"}}', 80, 80),
        Series(f'cnpg_pg_settings_setting{{{PG},name="max_connections"}}', 200, 200),
        Series(f'cnpg_pg_settings_setting{{{PG},name="max_wal_senders"}}', 10, 10),
    )


def instances(*loud: float | None) -> tuple[Series, ...]:
    """Three, all up while it is quiet."""
    return tuple(
        Series(f'cnpg_collector_up{{{pod},cluster="postgresql-cluster"}}', 1, value)
        for pod, value in zip((PG, OTHER_PG, THIRD_PG), loud, strict=True)
    )


def free(quiet: float, loud: float) -> tuple[Series, ...]:
    volume = 'job="kubelet",metrics_path="/metrics",namespace="database",persistentvolumeclaim="postgresql-cluster-1"'
    return (
        Series(f"kubelet_volume_stats_available_bytes{{{volume}}}", quiet, loud),
        Series(f"kubelet_volume_stats_capacity_bytes{{{volume}}}", 100, 100),
    )


def ids(quiet: float, loud: float) -> tuple[Series, ...]:
    return (Series(f'cnpg_pg_database_xid_age{{{PG},datname="mcp_orchestration"}}', quiet, loud),)


def transaction(user: str, application: str, state: str) -> str:
    labels = f'datname="mcp_orchestration",usename="{user}",application_name="{application}",state="{state}"'
    return f"cnpg_backends_max_tx_duration_seconds{{{PG},{labels}}}"


VOLUME = DATABASE_NS | {"persistentvolumeclaim": "postgresql-cluster-1"}
DATNAME = DATABASE_NS | {"datname": "mcp_orchestration"}
DATABASE = (
    Scenario(
        "DatabaseConnectionPoolExhausted",
        backends((100, 101)),
        "Database connection usage of postgresql-cluster-1 is at 90.5%",
        FIRST,
        severity="critical",
    ),
    Scenario(
        "DatabaseDown",
        instances(0, 0, GONE),
        "No PostgreSQL answers its exporter: the engine accepts and does nothing",
        {},
        severity="critical",
    ),
    Scenario("DatabaseInstanceDown", instances(1, 0, 1), "2 of 3 instances are up", DATABASE_NS),
    Scenario("DatabaseInstanceDown", instances(1, 1, GONE), "2 of 3 instances are up", DATABASE_NS),
    Scenario(
        "DatabaseWithoutStandby",
        (
            Series(f"cnpg_pg_replication_streaming_replicas{{{PG}}}", 1, 0),
            Series(f"cnpg_pg_replication_in_recovery{{{PG}}}", 0, 0),
            # A standby has none of its own.
            Series(f"cnpg_pg_replication_streaming_replicas{{{OTHER_PG}}}", 0, 0),
            Series(f"cnpg_pg_replication_in_recovery{{{OTHER_PG}}}", 1, 1),
        ),
        "Nothing streams from postgresql-cluster-1: a commit waits for one standby, which is not there",
        FIRST,
        severity="critical",
    ),
    Scenario(
        "DatabaseReplicationLagHigh",
        (Series(f"cnpg_pg_replication_lag{{{OTHER_PG}}}", 60, 61),),
        "postgresql-cluster-2 is 1m 1s behind: what it answers is that old",
        DATABASE_NS | {"pod": "postgresql-cluster-2"},
    ),
    Scenario(
        "DatabaseTransactionTooLong",
        (
            Series(transaction("worker", "engine worker", "idle in transaction"), 600, 601),
            Series(transaction("backup", "pg_dump", "active"), 5000, 5000),
        ),
        "worker has one open for 10m 1s on postgresql-cluster-1: "
        "vacuum removes nothing newer, and the queue slows down",
        FIRST | {"usename": "worker"},
    ),
    Scenario(
        "DatabaseTransactionIdsRunOut",
        ids(500e6, 501e6),
        "The oldest row of mcp_orchestration is 501M transactions old, of 2.1G",
        DATNAME,
    ),
    Scenario(
        "DatabaseTransactionIdsRunOut",
        ids(1.5e9, 1.501e9),
        "The oldest row of mcp_orchestration is 1.501G transactions old, of 2.1G",
        DATNAME,
        severity="critical",
    ),
    Scenario(
        "DatabaseVolumeFillingUp",
        free(25, 24),
        "24% of postgresql-cluster-1 is free; PostgreSQL stops at none",
        VOLUME,
    ),
    Scenario(
        "DatabaseVolumeFillingUp",
        free(10, 9),
        "9% of postgresql-cluster-1 is free; PostgreSQL stops at none",
        VOLUME,
        severity="critical",
    ),
)

BACKUPS = (
    Scenario(
        "DatabaseBackupTooOld",
        # Every instance tells the same; one that knows a newer backup is right.
        (
            clock(f"{BARMAN}_last_available_backup_timestamp{{{PG}}}", -26 * 3600 + 1, -26 * 3600 - 1),
            Series(f"{BARMAN}_last_available_backup_timestamp{{{OTHER_PG}}}", -1e9, -1e9),
        ),
        "The newest base backup is 1d 2h 0m 1s old, or there is none",
        DATABASE_NS,
        severity="critical",
    ),
    Scenario(
        "DatabaseBackupFailed",
        (
            Series(f"{BARMAN}_last_available_backup_timestamp{{{PG}}}", 1000, 1000),
            Series(f"{BARMAN}_last_failed_backup_timestamp{{{PG}}}", 999, 1001),
        ),
        "The newest attempt at a base backup failed, and none succeeded since",
        DATABASE_NS,
    ),
    Scenario(
        "WalArchivingFails",
        (
            Series(f"cnpg_pg_stat_archiver_last_archived_time{{{PG}}}", 1000, 1000),
            Series(f"cnpg_pg_stat_archiver_last_failed_time{{{PG}}}", 999, 1001),
            # An instance that never archived and never failed.
            Series(f"cnpg_pg_stat_archiver_last_archived_time{{{OTHER_PG}}}", -1, -1),
            Series(f"cnpg_pg_stat_archiver_last_failed_time{{{OTHER_PG}}}", -1, -1),
        ),
        "postgresql-cluster-1 archives nothing: what a lost region would lose grows, and so does its volume",
        FIRST,
        severity="critical",
    ),
)
