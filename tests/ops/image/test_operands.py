"""What is made of Debian's PostgreSQL and Redis: the trees here are small stand-ins for Debian's."""

import json

from ops.image import haproxy, postgresql, redis_exporter, valkey
from ops.image.base import Tree
from ops.image.entries import arranged, directory, file, link, owned

DEBIAN: Tree = arranged(
    [
        file("etc/passwd", b"root:x:0:0:root:/root:/bin/bash\npostgres:x:100:101:::\nredis:x:102:103:::\n"),
        file("etc/group", b"root:x:0:\ntape:x:26:\npostgres:x:101:\nredis:x:103:\n"),
        file("etc/postgresql/15/main/postgresql.conf", b""),
        file("etc/haproxy/haproxy.cfg", b""),
        file("etc/redis/redis.conf", b""),
        owned(directory("var/lib/postgresql"), 100, 101),
        owned(directory("var/lib/postgresql/15/main"), 100, 101),
        file("usr/lib/postgresql/15/bin/postgres", b"", executable=True),
        file("usr/lib/postgresql/15/lib/bitcode/x.bc", b""),
        link("usr/lib/postgresql/15/lib/llvmjit.so", "x"),
        file("usr/lib/postgresql/15/lib/pg_stat_statements.so", b""),
        file("var/lib/dpkg/status", b"Package: x\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n"),
    ]
)


def text(tree: Tree, path: str) -> str:
    content = tree[path].content
    assert content is not None
    return content.read().decode()


def test_the_operand_is_cloudnativepgs() -> None:
    tree = postgresql.adapted(DEBIAN)
    assert "postgres:x:26:26:" in text(tree, "etc/passwd")
    assert ":26:" not in text(tree, "etc/group").replace("postgres:x:26:", "")
    assert tree["usr/local/bin/postgres"].target == "/usr/lib/postgresql/15/bin/postgres"
    assert (tree["var/lib/postgresql"].uid, tree["var/lib/postgresql"].gid) == (26, 26)
    assert "usr/lib/postgresql/15/lib/pg_stat_statements.so" in tree
    assert not [path for path in tree if "main" in path or "bitcode" in path or "llvmjit" in path]
    assert postgresql.REFERENCE.rpartition(":")[2].startswith("15")


def test_the_cache_answers_to_valkeys_names() -> None:
    tree = valkey.adapted(DEBIAN)
    assert tree["usr/local/bin/valkey-server"].target == "/usr/bin/redis-server"
    assert tree["usr/local/bin/valkey-cli"].target == "/usr/bin/redis-cli"
    assert "--sentinel" in text(tree, "usr/local/bin/valkey-sentinel")
    assert "etc/redis/redis.conf" not in tree
    assert (tree["data"].uid, tree["data"].gid) == (1000, 1000)


def test_the_exporter_answers_to_the_official_images_name() -> None:
    assert redis_exporter.adapted(DEBIAN)["redis_exporter"].target == "/usr/bin/prometheus-redis-exporter"


def test_the_proxy_brings_no_settings_of_its_own() -> None:
    assert "etc/haproxy/haproxy.cfg" not in haproxy.adapted(DEBIAN)


def test_each_has_its_bill_of_materials() -> None:
    for image in (postgresql, valkey, haproxy, redis_exporter):
        bill = text(image.adapted(DEBIAN), image.BILL.strip("/"))
        assert [each["name"] for each in json.loads(bill)["components"]] == ["x"]
