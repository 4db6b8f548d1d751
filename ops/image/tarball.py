"""Writing entries as a tar and reading them from one: sorted, without times and without names of owners."""

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from ops.image.entries import Content, Entry, Kind, arranged

KINDS: Final = {Kind.FILE: tarfile.REGTYPE, Kind.DIRECTORY: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE}


class Writer:
    """Writes blocks and knows the SHA-256 and the number of bytes so far."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, block: bytes) -> None:
        """Write one block. Raises OSError where the disk is full."""
        self._digest.update(block)
        self.size += len(block)
        self._stream.write(block)

    def hexdigest(self) -> str:
        """SHA-256 of everything written."""
        return self._digest.hexdigest()


def write(entries: Iterable[Entry], stream: IO[bytes]) -> Writer:
    """Write a tar of these entries and of the parents they lack."""
    writer = Writer(stream)
    for entry in arranged(entries).values():
        add(entry, writer)
    end(writer)
    return writer


def add(entry: Entry, writer: Writer) -> None:
    """Write one entry."""
    member = tarfile.TarInfo(entry.path)
    member.type = KINDS[entry.kind]
    member.mode, member.uid, member.gid = entry.mode, entry.uid, entry.gid
    member.linkname = entry.target
    member.size = 0 if entry.content is None else entry.content.size
    writer.write(member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    if entry.content is not None:
        for block in entry.content.blocks():
            writer.write(block)
        writer.write(bytes(-member.size % tarfile.BLOCKSIZE))


def end(writer: Writer) -> None:
    """Close the tar: two empty blocks, then up to a whole record, as every tar expects."""
    writer.write(bytes(2 * tarfile.BLOCKSIZE))
    writer.write(bytes(-writer.size % tarfile.RECORDSIZE))


def read(path: Path) -> Iterator[Entry]:
    """Entries of an uncompressed tar: directories, files and symbolic links; a hard link becomes a file of its own.

    Devices, sockets and pipes are left out: a container gets its own. Raises OSError for what is no tar.
    """
    files: dict[str, Content] = {}
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                name = _name(member.name)
                owner = (member.mode, member.uid, member.gid)
                if name == "":
                    continue
                if member.isdir():
                    yield Entry(name, Kind.DIRECTORY, *owner)
                elif member.issym():
                    yield Entry(name, Kind.LINK, *owner, target=member.linkname)
                elif member.islnk():
                    yield Entry(name, Kind.FILE, *owner, content=files[_name(member.linkname)])
                elif member.isreg():
                    files[name] = Content(path, member.size, member.offset_data)
                    yield Entry(name, Kind.FILE, *owner, content=files[name])
    except tarfile.TarError as error:
        raise OSError(f"{path} is no tar: {error}") from error


def _name(path: str) -> str:
    return path.removeprefix(".").strip("/") if path.startswith(("./", "/")) or path == "." else path.rstrip("/")
