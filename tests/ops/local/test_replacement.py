"""Only names of Services that lead to a process are replaced, and nothing that merely looks like one."""

import pytest

from ops.local.replacement import Address, Ledger, Rewriter

ADDRESSES = (
    Address("api", "front", {80: 8000, 8001: 8001}),
    Address("cache", "data", {6379: 16379}),
    Address("cache-replica", "data", {6379: 16380}),
)


def rewriter(ledger: Ledger | None = None, **paths: str) -> Rewriter:
    return Rewriter("engine", ADDRESSES, {f"/{name}": target for name, target in paths.items()}, ledger or Ledger())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://api.front.svc.cluster.local/path", "http://127.0.0.1:8000/path"),
        ("http://api.front.svc.cluster.local:80/path", "http://127.0.0.1:8000/path"),
        ("ws://api.front:8001", "ws://127.0.0.1:8001"),
        ("api.front.svc", "127.0.0.1"),
        ("redis://:p%40ss@cache.data.svc.cluster.local:6379/0", "redis://:p%40ss@127.0.0.1:16379/0"),
        ("redis://cache-replica.data.svc:6379", "redis://127.0.0.1:16380"),
        ("cache.data.svc.cluster.local:6379,cache-replica.data:6379", "127.0.0.1:16379,127.0.0.1:16380"),
        ("api.front.svc.cluster.local:9999", "127.0.0.1:9999"),
        ("postgresql://u@h/db?sslmode=verify-full&x=1", "postgresql://u@h/db?sslmode=disable&x=1"),
    ],
)
def test_cluster_names_lead_to_this_machine(text: str, expected: str) -> None:
    assert rewriter().hosts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "my-api.front.svc",
        "api.frontier",
        "api.front.example.com",
        "api.data.svc",
        "cache",
        "x.api.front.svc",
        "sslmode",
    ],
)
def test_other_names_are_left_alone(text: str) -> None:
    assert rewriter().hosts(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/data", "/state/data"),
        ("/data/file", "/state/data/file"),
        ("cat /data/x; ls '/data'", "cat /state/data/x; ls '/state/data'"),
        ("--dir=/data", "--dir=/state/data"),
        ("/database", "/database"),
        ("/var/data", "/var/data"),
        ("/data.old", "/data.old"),
    ],
)
def test_mount_paths_are_replaced_as_whole_paths(text: str, expected: str) -> None:
    assert rewriter(data="/state/data").path(text) == expected


def test_the_longest_mount_path_wins() -> None:
    assert Rewriter("p", (), {"/app": "/1", "/app/config": "/2"}, Ledger()).path("/app/config/x /app/y") == "/2/x /1/y"


def test_each_replacement_is_told_once_with_everyone_it_concerns() -> None:
    ledger = Ledger()
    for process in ("engine", "agent"):
        work = Rewriter(process, ADDRESSES, {"/data": f"/state/{process}/data"}, ledger)
        work.hosts("api.front:80 and again api.front:80")
        work.path("/data")
        work.port("MCP_PORT", 3001, 3001 + len(process))
    assert ledger.table() == [
        "host  api.front:80  -> 127.0.0.1:8000                     engine, agent",
        "port  MCP_PORT 3001 -> 3006, 3007                         agent, engine",
        "path  1 mount paths -> below a directory of each process  agent, engine",
    ]
    assert "mount  /data -> /state/agent/data  (agent)" in ledger.lines()
