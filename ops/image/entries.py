"""What a layer is made of: files, directories and links with owner and mode, and never a time.

Paths are those inside the image, without the leading slash. Owner and mode come from the caller and not from the disk,
so that neither umask nor user nor clone shows in an image.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import IO, Final

BLOCK: Final = 1 << 20
"""Bytes read at a time."""


class Kind(Enum):
    """What an entry is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"


@dataclass(frozen=True)
class Content:
    """``size`` bytes: these, or those of a file on disk from ``offset`` on."""

    source: Path | bytes
    size: int
    offset: int = 0

    def blocks(self) -> Iterator[bytes]:
        """The bytes, a block at a time. Raises OSError, also where the file has become shorter."""
        left = self.size
        with self._open() as stream:
            while left > 0:
                block = stream.read(min(left, BLOCK))
                if not block:
                    raise OSError(f"{self.source} ended {left} bytes early")
                left -= len(block)
                yield block

    def read(self) -> bytes:
        """All the bytes."""
        return b"".join(self.blocks())

    def digest(self) -> str:
        """SHA-256, hexadecimal."""
        found = hashlib.sha256()
        for block in self.blocks():
            found.update(block)
        return found.hexdigest()

    def _open(self) -> IO[bytes]:
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        stream = self.source.open("rb")
        stream.seek(self.offset)
        return stream


def from_file(path: Path) -> Content:
    """The whole of a file."""
    return Content(path, path.stat().st_size)


def from_bytes(content: bytes) -> Content:
    """Bytes made here."""
    return Content(content, len(content))


@dataclass(frozen=True)
class Entry:
    """One path of a layer."""

    path: str
    kind: Kind
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    content: Content | None = None
    """Of a file."""
    target: str = ""
    """Of a link."""

    def identity(self) -> str:
        """What makes this entry differ from another one: all of it, the content by its digest."""
        content = self.content.digest() if self.content is not None else ""
        return "\0".join(
            (self.path, self.kind.value, oct(self.mode), str(self.uid), str(self.gid), self.target, content)
        )


def file(path: str, content: Path | bytes, *, executable: bool = False) -> Entry:
    """A file of root's that everybody may read."""
    found = from_file(content) if isinstance(content, Path) else from_bytes(content)
    return Entry(inside(path), Kind.FILE, 0o755 if executable else 0o644, content=found)


def directory(path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Entry:
    """An empty directory; root's unless said otherwise."""
    return Entry(inside(path), Kind.DIRECTORY, mode, uid, gid)


def link(path: str, target: str) -> Entry:
    """A symbolic link."""
    return Entry(inside(path), Kind.LINK, 0o777, target=target)


def tree(root: Path, prefix: str = "") -> Iterator[Entry]:
    """Everything below ``root``, root's own, executable where the disk says so for the owner."""
    for path in sorted(root.rglob("*")):
        name = str(PurePosixPath(prefix, path.relative_to(root).as_posix()))
        if path.is_symlink():
            yield link(name, str(path.readlink()))
        elif path.is_dir():
            yield directory(name)
        elif path.is_file():
            yield file(name, path, executable=bool(path.stat().st_mode & 0o100))


def arranged(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Entries by path in the order of a layer, each after its parents, which are made where nobody gave them.

    A later entry replaces an earlier one of the same path.
    """
    given = {entry.path: entry for entry in entries}
    parents = {str(parent) for path in given for parent in PurePosixPath(path).parents} - given.keys() - {"."}
    whole = given | {path: directory(path) for path in parents}
    return {path: whole[path] for path in sorted(whole, key=lambda each: each.split("/"))}


def fingerprint(entries: Mapping[str, Entry]) -> str:
    """Digest of all that :func:`arranged` gave, hexadecimal."""
    found = hashlib.sha256()
    for entry in entries.values():
        found.update(entry.identity().encode() + b"\n")
    return found.hexdigest()


def owned(entry: Entry, uid: int, gid: int) -> Entry:
    """The same entry of another owner."""
    return replace(entry, uid=uid, gid=gid)


def inside(path: str) -> str:
    """A path as entries have it; refuses one that would leave the image."""
    pure = PurePosixPath("/", path)
    if ".." in pure.parts:
        raise ValueError(f"{path} leaves the image")
    return str(pure)[1:]
