"""Labels that scenarios share, and short ways to write a series."""

from tests.monitoring.timeline import Kind, Series

DAY = 86400
FIVE, TEN = 300, 600
APP = 'job="orchestration-engine",namespace="mcp-orchestration",pod="e-1"'
AGENT = 'job="mcp-agents",namespace="mcp-agents",pod="d-1",agent_role="developer"'
PG = 'job="postgresql",namespace="database",pod="postgresql-cluster-1"'
OTHER_PG = 'job="postgresql",namespace="database",pod="postgresql-cluster-2"'
THIRD_PG = 'job="postgresql",namespace="database",pod="postgresql-cluster-3"'
BARMAN = "barman_cloud_cloudnative_pg_io"
ENGINE_NS, AGENTS_NS, DATABASE_NS = ({"namespace": each} for each in ("mcp-orchestration", "mcp-agents", "database"))
FIRST = DATABASE_NS | {"pod": "postgresql-cluster-1"}


def counter(selector: str, quiet: float | None, loud: float | None) -> Series:
    return Series(selector, quiet, loud, Kind.COUNTER)


def clock(selector: str, quiet: float, loud: float) -> Series:
    return Series(selector, quiet, loud, Kind.CLOCK)
