"""Tars: the same entries are the same bytes, and other programs read them."""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from ops.image import tarball
from ops.image.entries import Entry, directory, file, link, owned, tree


def written(*entries: Entry) -> bytes:
    stream = io.BytesIO()
    writer = tarball.write(entries, stream)
    assert writer.hexdigest() == hashlib.sha256(stream.getvalue()).hexdigest()
    assert writer.size == len(stream.getvalue())
    return stream.getvalue()


def test_the_same_input_is_the_same_bytes_whenever_and_wherever_it_lies(tmp_path: Path) -> None:
    archives: list[bytes] = []
    for name, umask, when in (("one", 0o077, 1), ("other/place", 0o002, 10**9)):
        place = tmp_path / name
        before = os.umask(umask)
        try:
            (place / "b").mkdir(parents=True)
            for path in ("b/2", "a", "b/1") if umask else ("a", "b/1", "b/2"):
                (place / path).write_text(path)
                os.utime(place / path, (when, when))
        finally:
            os.umask(before)
        archives.append(written(*tree(place)))
    assert archives[0] == archives[1]


def test_a_tar_says_neither_when_nor_who_by_name() -> None:
    with tarfile.open(fileobj=io.BytesIO(written(owned(file("a" * 150, b"x"), 26, 27), link("b", "a")))) as archive:
        for member in archive:
            assert (member.mtime, member.uname, member.gname) == (0, "", "")
        assert (member.uid, member.gid) == (0, 0)
        assert (archive.getmembers()[0].uid, archive.getmembers()[0].gid) == (26, 27)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    entries = [
        directory("d", 0o1777),
        file("d/é" + "x" * 120, b"x" * 1025, executable=True),
        file("e", b""),
        link("l", "/d"),
    ]
    path = tmp_path / "tar"
    path.write_bytes(written(*entries))
    assert [entry.identity() for entry in tarball.read(path)] == [entry.identity() for entry in entries]


def test_a_hard_link_becomes_a_file_and_a_device_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "tar"
    with tarfile.open(path, "w") as archive:
        content = tarfile.TarInfo("./usr/one")
        content.size = 3
        archive.addfile(content, io.BytesIO(b"abc"))
        for name, kind in (
            ("./usr/two", tarfile.LNKTYPE),
            ("./dev/null", tarfile.CHRTYPE),
            ("./run/pipe", tarfile.FIFOTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "./usr/one"
            archive.addfile(member)
    found = {entry.path: entry.content for entry in tarball.read(path)}
    assert {name: content and content.read() for name, content in found.items()} == {
        "usr/one": b"abc",
        "usr/two": b"abc",
    }


def test_what_is_no_tar_is_an_error_of_reading(tmp_path: Path) -> None:
    path = tmp_path / "tar"
    path.write_bytes(b"no" * 2000)
    with pytest.raises(OSError, match="is no tar"):
        list(tarball.read(path))
