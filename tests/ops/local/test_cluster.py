"""PostgreSQL is what its CloudNativePG object says: parameters, database, owner and logins, on a real server."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from contract.names import Namespace
from ops.controlplane.api import Json
from ops.local import supervision
from ops.local.cluster import DatabaseCluster, database_cluster
from ops.local.failure import LocalError
from ops.local.logins import reconcile
from ops.local.objects import Objects
from ops.local.postgres import Server, ensure_server, process
from ops.local.replacement import Ledger
from ops.local.spec import Plan
from ops.local.state import State
from tests.ops.local.literal_objects import CLUSTER


def with_passwords(owner: str, api: str) -> Objects:
    secrets = {(Namespace.DATABASE.value, "owner-login"): owner, (Namespace.DATABASE.value, "api-login"): api}
    return Objects(secrets={key: {"password": value.encode()} for key, value in secrets.items()})


def read(owner: str = "one", api: str = "two") -> DatabaseCluster:
    return database_cluster(CLUSTER, with_passwords(owner, api))


def test_the_object_is_read_as_the_operator_would() -> None:
    cluster = read()
    assert (cluster.database, cluster.owner.name, cluster.owner.password) == ("app_data", "owner", "one")
    assert cluster.parameters == {"max_connections": "50", "shared_buffers": "32MB"}
    assert [login.name for login in cluster.logins] == ["api", "backup"]
    backup = cluster.logins[1]
    assert (backup.bypass_rls, backup.inherit, backup.member_of) == (True, False, ("pg_read_all_data",))


def test_a_missing_password_is_refused() -> None:
    with pytest.raises(LocalError, match="takes a password from Secret owner-login, which has none"):
        database_cluster(CLUSTER, Objects())


def test_statement_statistics_bring_their_library_and_extension() -> None:
    document: Json = {**CLUSTER, "spec": {**CLUSTER["spec"]}}
    document["spec"]["postgresql"] = {"parameters": {"pg_stat_statements.max": "1000"}}
    cluster = database_cluster(document, with_passwords("a", "b"))
    assert cluster.preload == cluster.extensions == ("pg_stat_statements",)


@pytest.fixture
def place() -> Iterator[Path]:
    """Below a directory that PostgreSQL's unprivileged user may enter; pytest's own may be closed to it."""
    directory = Path(tempfile.mkdtemp(prefix="mcp-test-local-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def state(place: Path) -> Iterator[State]:
    made = State(place / "state")
    made.make()
    yield made
    supervision.end(made)


def serve(state: State, cluster: DatabaseCluster) -> tuple[Server, int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = ensure_server(state.postgres)
    spec = process(server, cluster, port, Ledger())
    supervision.apply(state, Plan(processes=(spec,)))
    supervision.wait_ready(state, (spec,), 60, lambda _, __: None)
    return server, port


def ask(port: int, user: str, password: str, question: str, database: str = "app_data") -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user=user, password=password, database=database, ssl=False, timeout=10
        )
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(asked())


@pytest.mark.servers
def test_a_server_has_the_objects_parameters_and_logins_and_follows_changed_passwords(state: State) -> None:
    server, port = serve(state, read())
    reconcile(server, read(), port)
    assert ask(port, "owner", "one", "SHOW shared_buffers") == "32MB"
    assert (
        ask(port, "owner", "one", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'app_data'")
        == "owner"
    )
    assert ask(port, "api", "two", "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'api'") is False
    assert ask(port, "backup", "two", "SELECT rolbypassrls AND NOT rolinherit FROM pg_roles WHERE rolname = 'backup'")
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(port, "api", "wrong", "SELECT 1")
    changed = read(owner="it's\\new", api="two")
    reconcile(server, changed, port)
    reconcile(server, changed, port)
    assert ask(port, "owner", "it's\\new", "SELECT 1") == 1


@pytest.mark.servers
def test_an_interrupted_initdb_is_begun_anew(state: State) -> None:
    half = state.postgres / "server" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("1")
    server = ensure_server(state.postgres)
    assert (server.data / "global/pg_control").exists()
    if os.geteuid() == 0:
        assert server.user is not None
        assert server.data.stat().st_uid == server.user


def test_root_refuses_a_place_that_the_servers_user_cannot_enter(place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root drops privileges")
    place.chmod(0o700)
    with pytest.raises(LocalError, match=r"may not enter .*MCP_PLATFORM_STATE"):
        ensure_server(place / "postgres")
