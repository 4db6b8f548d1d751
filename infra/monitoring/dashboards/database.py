"""PostgreSQL: connections, statements, locks, tables, replication."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

USED: Final = (
    'max(sum by (pod) (cnpg_backends_total) / sum by (pod) (cnpg_pg_settings_setting{name="max_connections"}))'
)
HIT: Final = (
    "sum(rate(cnpg_pg_stat_database_blks_hit[5m])) / "
    "(sum(rate(cnpg_pg_stat_database_blks_hit[5m])) + sum(rate(cnpg_pg_stat_database_blks_read[5m])))"
)

BOARD: Final = Board(
    name="mcp-database",
    title="PostgreSQL",
    tags=("mcp", "database"),
    rows=(
        Row(
            "Health",
            (
                Panel(
                    "Instances up",
                    (Query("sum(cnpg_collector_up)", "up"),),
                    kind=Kind.STAT,
                    steps=limits(2, 1),
                    width=6,
                ),
                Panel(
                    "Connections used",
                    (Query(USED, "of max_connections"),),
                    kind=Kind.STAT,
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                    steps=limits(0.75, 0.9),
                    width=6,
                ),
                Panel(
                    "Streaming replicas",
                    (Query("max(cnpg_pg_replication_streaming_replicas)", "replicas"),),
                    kind=Kind.STAT,
                    steps=limits(2, 1),
                    width=6,
                ),
                Panel(
                    "Cache hits",
                    (Query(HIT, "of blocks"),),
                    kind=Kind.STAT,
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                    steps=limits(0.95, 0.8),
                    width=6,
                ),
            ),
        ),
        Row(
            "Work",
            (
                Panel(
                    "Statements, by database",
                    (Query("sum by (datname) (rate(cnpg_pg_stat_statements_calls[5m]))", "{{ datname }}"),),
                    unit="ops",
                ),
                Panel(
                    "Mean time of a statement",
                    (
                        Query(
                            "sum by (datname) (rate(cnpg_pg_stat_statements_seconds[5m])) / "
                            "sum by (datname) (rate(cnpg_pg_stat_statements_calls[5m]))",
                            "{{ datname }}",
                        ),
                    ),
                    unit="s",
                ),
                Panel(
                    "Transactions",
                    (
                        Query("sum(rate(cnpg_pg_stat_database_xact_commit[5m]))", "committed"),
                        Query("sum(rate(cnpg_pg_stat_database_xact_rollback[5m]))", "rolled back"),
                    ),
                    unit="ops",
                ),
                Panel(
                    "Connections, by state",
                    (Query("sum by (state) (cnpg_backends_total)", "{{ state }}"),),
                    stacked=True,
                ),
                Panel(
                    "Locks, by mode",
                    (
                        Query('sum by (mode) (cnpg_pg_locks_count{granted="true"})', "{{ mode }}"),
                        Query('sum(cnpg_pg_locks_count{granted="false"})', "waited for"),
                    ),
                ),
                Panel(
                    "Waiting and deadlocked",
                    (
                        Query("sum(cnpg_backends_waiting_total)", "waiting"),
                        Query("sum(rate(cnpg_pg_stat_database_deadlocks[5m]))", "deadlocks a second"),
                    ),
                ),
            ),
        ),
        Row(
            "Tables",
            (
                Panel(
                    "Rows written",
                    (
                        Query(
                            "sum by (relname) (rate(cnpg_pg_stat_user_tables_n_tup_ins[5m]) + "
                            "rate(cnpg_pg_stat_user_tables_n_tup_upd[5m]) + "
                            "rate(cnpg_pg_stat_user_tables_n_tup_del[5m]))",
                            "{{ relname }}",
                        ),
                    ),
                    unit="ops",
                ),
                Panel(
                    "Dead rows",
                    (Query("topk(10, max by (relname) (cnpg_pg_stat_user_tables_n_dead_tup))", "{{ relname }}"),),
                ),
                Panel(
                    "Sequential scans",
                    (
                        Query(
                            "topk(10, sum by (relname) (rate(cnpg_pg_stat_user_tables_seq_scan[5m])))",
                            "{{ relname }}",
                        ),
                    ),
                    unit="ops",
                ),
                Panel(
                    "Size",
                    (Query("max by (datname) (cnpg_pg_database_size_bytes)", "{{ datname }}"),),
                    unit="bytes",
                ),
            ),
        ),
        Row(
            "Replication",
            (
                Panel("Behind the primary", (Query("max by (pod) (cnpg_pg_replication_lag)", "{{ pod }}"),), unit="s"),
                Panel(
                    "WAL kept on disk",
                    (Query('max by (pod) (cnpg_collector_pg_wal{value="size"})', "{{ pod }}"),),
                    unit="bytes",
                ),
            ),
        ),
    ),
)
