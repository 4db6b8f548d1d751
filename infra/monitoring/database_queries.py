"""Queries that CloudNativePG's exporter runs beside its own: the specification's ``collect[]`` and its database panel.

A query ``name`` with a column ``c`` gives the metric ``cnpg_<name>_<c>``. They run in the application's database as
``cnpg_metrics_exporter``, a member of ``pg_monitor``, whose search path is ``pg_catalog`` alone. Format: CloudNativePG,
"Monitoring", section "Structure of a user defined metric".
"""

from dataclasses import dataclass
from typing import Any, Final

import yaml

CONFIG_MAP: Final = "postgresql-queries"
KEY: Final = "queries"
RELOAD: Final = {"cnpg.io/reload": ""}
"""Label: instances follow a changed ConfigMap without a restart."""
STATEMENTS: Final = {"pg_stat_statements.max": "5000", "pg_stat_statements.track": "top"}
"""Parameters: with any of these CloudNativePG loads the library and creates the extension."""


@dataclass(frozen=True)
class DatabaseQuery:
    """One query; columns that are neither counter nor gauge are labels."""

    name: str
    sql: str
    labels: tuple[str, ...]
    counters: dict[str, str]
    """Column -> what it counts."""
    gauges: dict[str, str]
    only_if: str | None = None
    """A query of one boolean: false or no row leaves the query out."""


QUERIES: Final = (
    DatabaseQuery(
        name="pg_stat_user_tables",
        sql="""\
SELECT schemaname, relname
     , seq_scan, COALESCE(idx_scan, 0) AS idx_scan
     , n_tup_ins, n_tup_upd, n_tup_del
     , n_live_tup, n_dead_tup
     , COALESCE(EXTRACT(EPOCH FROM GREATEST(last_vacuum, last_autovacuum)), 0) AS last_vacuum_timestamp
  FROM pg_catalog.pg_stat_user_tables
""",
        labels=("schemaname", "relname"),
        counters={
            "seq_scan": "Sequential scans of the table",
            "idx_scan": "Index scans of the table",
            "n_tup_ins": "Rows inserted",
            "n_tup_upd": "Rows updated",
            "n_tup_del": "Rows deleted",
        },
        gauges={
            "n_live_tup": "Estimated live rows",
            "n_dead_tup": "Estimated dead rows",
            "last_vacuum_timestamp": "When the table was last vacuumed, Unix time; 0 where never",
        },
    ),
    DatabaseQuery(
        name="pg_locks",
        sql="""\
SELECT COALESCE(d.datname, '') AS datname, l.mode, l.granted::text AS granted, count(*) AS count
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) l.database
 GROUP BY 1, 2, 3
""",
        labels=("datname", "mode", "granted"),
        counters={},
        gauges={"count": "Locks held or, where granted is false, waited for"},
    ),
    DatabaseQuery(
        name="pg_stat_statements",
        sql="""\
SELECT d.datname, sum(s.calls) AS calls, sum(s.rows) AS rows, sum(s.total_exec_time) / 1000 AS seconds
  FROM public.pg_stat_statements s JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.dbid
 GROUP BY 1
""",
        labels=("datname",),
        counters={
            "calls": "Statements executed",
            "rows": "Rows retrieved or affected",
            "seconds": "Time spent executing statements",
        },
        gauges={},
        only_if="SELECT pg_catalog.count(*) > 0 FROM pg_catalog.pg_extension WHERE extname = 'pg_stat_statements'",
    ),
)


def document() -> str:
    """The ConfigMap's one key, YAML."""
    return yaml.safe_dump({each.name: _entry(each) for each in QUERIES}, sort_keys=False)


def metrics() -> dict[str, tuple[str, ...]]:
    """Metric that a query gives -> its labels."""
    return {f"cnpg_{each.name}_{column}": each.labels for each in QUERIES for column in (*each.counters, *each.gauges)}


def _entry(query: DatabaseQuery) -> dict[str, Any]:
    columns = [(each, "LABEL", each) for each in query.labels]
    columns += [(each, "COUNTER", meaning) for each, meaning in query.counters.items()]
    columns += [(each, "GAUGE", meaning) for each, meaning in query.gauges.items()]
    predicate = {"predicate_query": query.only_if} if query.only_if else {}
    return {
        "query": query.sql,
        **predicate,
        "metrics": [{name: {"usage": usage, "description": meaning}} for name, usage, meaning in columns],
    }
