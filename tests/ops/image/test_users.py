"""Users of an image: pods name them by number."""

from ops.image.entries import arranged, directory, file, owned
from ops.image.users import with_user

TREE = arranged(
    [
        file("etc/passwd", b"root:x:0:0:root:/root:/bin/bash\npostgres:x:100:101:::\n"),
        file("etc/group", b"root:x:0:\ntape:x:26:\npostgres:x:101:\n"),
        owned(directory("data"), 100, 101),
        owned(directory("shared"), 0, 101),
    ]
)


def text(path: str, tree: dict[str, object]) -> str:
    return tree[path].content.read().decode()  # type: ignore[attr-defined]


def test_a_user_that_exists_gets_the_number_and_keeps_its_files() -> None:
    tree = with_user(TREE, "postgres", 26, "/data")
    assert text("etc/passwd", tree).splitlines()[1:] == ["postgres:x:26:26:postgres:/data:/usr/sbin/nologin"]
    assert text("etc/group", tree) == "root:x:0:\npostgres:x:26:\n"
    assert [(tree[path].uid, tree[path].gid) for path in ("data", "shared", "etc")] == [(26, 26), (0, 26), (0, 0)]


def test_a_new_user_changes_nobody_elses_files() -> None:
    tree = with_user(TREE, "platform", 1000, "/app")
    assert text("etc/passwd", tree).endswith("platform:x:1000:1000:platform:/app:/usr/sbin/nologin\n")
    assert tree["data"] == TREE["data"]
