"""The exporter's queries on a real PostgreSQL with the cluster's own parameters, as a member of ``pg_monitor``."""

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from contract.names import DATABASE_CLUSTER, Namespace
from infra.monitoring import database_queries
from infra.monitoring.database_queries import QUERIES, DatabaseQuery
from ops.local import supervision
from ops.local.cluster import DatabaseCluster, database_cluster
from ops.local.logins import reconcile
from ops.local.objects import Objects
from ops.local.postgres import ensure_server, process
from ops.local.replacement import Ledger
from ops.local.spec import Plan
from ops.local.state import State

EXPORTER = ("cnpg_metrics_exporter", "reads")
"""CloudNativePG's own login: a member of ``pg_monitor`` with ``search_path`` pinned to ``pg_catalog``."""


@pytest.fixture(scope="module")
def cluster() -> DatabaseCluster:
    """As the operator would read it; the passwords are of no matter."""
    document = {
        "metadata": {"name": DATABASE_CLUSTER, "namespace": Namespace.DATABASE.value},
        "spec": {
            "postgresql": {"parameters": {"shared_buffers": "32MB", **database_queries.STATEMENTS}},
            "bootstrap": {"initdb": {"database": "app_data", "owner": "mcp_user", "secret": {"name": "owner-login"}}},
        },
    }
    secrets = {(Namespace.DATABASE.value, "owner-login"): {"password": b"owns"}}
    return database_cluster(document, Objects(secrets=secrets))


@pytest.fixture(scope="module")
def port(cluster: DatabaseCluster) -> Iterator[int]:
    """Port of a server of this module alone, with the exporter's login."""
    place = Path(tempfile.mkdtemp(prefix="mcp-test-queries-"))
    place.chmod(0o711)
    state = State(place / "state")
    state.make()
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free = int(probe.getsockname()[1])
        server = ensure_server(state.postgres)
        spec = process(server, cluster, free, Ledger())
        supervision.apply(state, Plan(processes=(spec,)))
        supervision.wait_ready(state, (spec,), 60, lambda _, __: None)
        reconcile(server, cluster, free)
        asyncio.run(_prepare(free, server.password_file.read_text()))
        yield free
    finally:
        supervision.end(state)
        shutil.rmtree(place, ignore_errors=True)


async def _prepare(port: int, password: str) -> None:
    name, secret = EXPORTER
    admin = await asyncpg.connect(
        host="127.0.0.1", port=port, user="postgres", password=password, database="app_data", timeout=10
    )
    await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{secret}' IN ROLE pg_monitor")
    await admin.execute(f"ALTER ROLE {name} SET search_path TO pg_catalog")
    await admin.close()
    owner = await asyncpg.connect(
        host="127.0.0.1", port=port, user="mcp_user", password="owns", database="app_data", timeout=10
    )
    await owner.execute("CREATE TABLE noted (id int PRIMARY KEY)")
    await owner.execute("INSERT INTO noted SELECT generate_series(1, 100)")
    await owner.close()


def rows(port: int, sql: str) -> list[dict[str, Any]]:
    async def asked() -> list[dict[str, Any]]:
        name, secret = EXPORTER
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user=name, password=secret, database="app_data", timeout=10
        )
        try:
            async with connection.transaction(readonly=True):
                return [dict(each) for each in await connection.fetch(sql)]
        finally:
            await connection.close()

    return asyncio.run(asked())


@pytest.mark.servers
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_gives_the_columns_that_it_describes(port: int, query: DatabaseQuery) -> None:
    if query.only_if is not None:
        assert [list(row.values()) for row in rows(port, query.only_if)] == [[True]]
    found = rows(port, query.sql)
    assert found
    for row in found:
        assert set(row) == {*query.labels, *query.counters, *query.gauges}
        assert all(isinstance(row[label], str) for label in query.labels)
        assert all(row[column] is not None for column in (*query.counters, *query.gauges))


@pytest.mark.servers
def test_no_two_rows_of_a_query_have_the_same_labels(port: int) -> None:
    for query in QUERIES:
        found = [tuple(row[label] for label in query.labels) for row in rows(port, query.sql)]
        assert len(found) == len(set(found)), "Prometheus refuses a whole page with one series twice"


@pytest.mark.servers
def test_statements_of_others_are_counted(port: int) -> None:
    (statements,) = [query for query in QUERIES if query.name == "pg_stat_statements"]

    def calls() -> int:
        return next(int(row["calls"]) for row in rows(port, statements.sql) if row["datname"] == "app_data")

    before = calls()
    assert calls() > before > 0


def test_the_document_is_in_cloudnative_pgs_format() -> None:
    document = yaml.safe_load(database_queries.document())
    assert set(document) == {"pg_stat_user_tables", "pg_locks", "pg_stat_statements"}
    for query in document.values():
        assert query.keys() <= {"query", "predicate_query", "metrics"}
        usages = [column["usage"] for each in query["metrics"] for column in each.values()]
        assert set(usages) <= {"LABEL", "COUNTER", "GAUGE"}


def test_the_cluster_runs_them_and_counts_statements(prod: list[Any]) -> None:
    objects = {each.key: each.inputs for each in prod}
    spec = objects["Cluster", "database", "postgresql-cluster"]["spec"]
    (named,) = spec["monitoring"]["customQueriesConfigMap"]
    assert named["key"] in objects["ConfigMap", "database", named["name"]]["data"]
    assert any(name.startswith("pg_stat_statements.") for name in spec["postgresql"]["parameters"])
