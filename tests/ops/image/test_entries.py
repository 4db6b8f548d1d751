"""Entries: an order that does not depend on the disk, and no path that leaves the image."""

from pathlib import Path

import pytest

from ops.image.entries import Kind, arranged, directory, file, fingerprint, from_file, link, tree


def test_parents_come_first_and_are_made_where_nobody_gave_them() -> None:
    entries = arranged([file("a/b/c", b""), file("a-b", b""), directory("a/b", 0o700)])
    assert list(entries) == ["a", "a/b", "a/b/c", "a-b"]
    assert entries["a"].mode == 0o755
    assert entries["a/b"].mode == 0o700


def test_the_order_given_does_not_matter_and_the_last_of_one_path_counts() -> None:
    first, second = file("x", b"1"), file("x", b"2")
    assert arranged([first, second])["x"] is second
    one, other = [file("b", b"1"), link("a", "b")], [link("a", "b"), file("b", b"1")]
    assert fingerprint(arranged(one)) == fingerprint(arranged(other))


@pytest.mark.parametrize(
    "changed", [file("x", b"2"), file("y", b"1"), file("x", b"1", executable=True), link("x", "1"), directory("x")]
)
def test_everything_that_a_layer_shows_is_in_the_fingerprint(changed: object) -> None:
    before = fingerprint(arranged([file("x", b"1")]))
    assert fingerprint(arranged([changed])) != before  # type: ignore[list-item]


def test_a_path_that_leaves_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a/\.\./\.\./b leaves the image"):
        file("a/../../b", b"")


def test_owner_and_umask_of_the_disk_do_not_show(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "folder/secret").write_text("x")
    (tmp_path / "folder/secret").chmod(0o600)
    (tmp_path / "run").write_text("x")
    (tmp_path / "run").chmod(0o700)
    (tmp_path / "to").symlink_to("run")
    found = {entry.path: entry for entry in tree(tmp_path, "opt")}
    assert {path: (entry.mode, entry.uid, entry.gid) for path, entry in found.items()} == {
        "opt/folder": (0o755, 0, 0),
        "opt/folder/secret": (0o644, 0, 0),
        "opt/run": (0o755, 0, 0),
        "opt/to": (0o777, 0, 0),
    }
    assert found["opt/to"].kind is Kind.LINK


def test_a_file_that_became_shorter_is_not_padded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    content = from_file(path)
    path.write_bytes(b"123")
    with pytest.raises(OSError, match="ended 2 bytes early"):
        content.read()
