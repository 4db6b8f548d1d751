"""The image's own Python, run on this machine without entering the image: it alone writes the image's bytecode.

Bytecode is checked neither by time nor by hash: an image has no times, its root is read-only, and so nothing changes.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.image.entries import Entry, Kind, file
from ops.image.failure import ImageError
from ops.image.layer import Layer, home, layer_key
from ops.image.tarball import read
from ops.toolchain.cache import Report, exclusive, staging

NEEDED: Final = re.compile(
    r"(usr/bin/python3\.\d+|usr/lib/python3\.\d+/.*|(usr/)?lib(64)?/([^/]+-linux-gnu/)?[^/]+\.so[.0-9]*)$"
)
PROGRAM: Final = re.compile(r"usr/bin/python3\.(\d+)$")
LOADER: Final = re.compile(r"usr/lib(64)?/([^/]+-linux-gnu/)?ld-linux-[^/]+\.so\.\d+$")
COMPILE: Final = ("-S", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash")
COMPILE_SECONDS: Final = 600


@dataclass(frozen=True)
class Python:
    """An unpacked Python. ``root`` is where it lies on this machine."""

    root: Path
    program: Path
    loader: Path
    version: str
    """Such as ``3.11``."""

    def compile(self, tree: Path) -> None:
        """Write bytecode beside every source below ``tree``, whose paths inside the image it will name.

        Raises:
            ImageError: this Python does not run here.
        """
        libraries = ":".join(str(path) for path in sorted(self.root.glob("usr/lib/*-linux-gnu")))
        start = (str(self.loader), "--library-path", libraries, str(self.program))
        done = subprocess.run(
            [*start, *COMPILE, "-s", str(tree), "-p", "/", str(tree)],
            env={"PYTHONHOME": str(self.root / "usr"), "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
            cwd=tree,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=COMPILE_SECONDS,
            umask=0o022,
        )
        if next(tree.rglob("*.pyc"), None) is None:
            said = (done.stdout.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise ImageError(f"The image's Python does not run on this machine ({said}): please report it.")


def python_of(layers: tuple[Layer, ...], report: Report) -> Python:
    """The Python in these layers, lowest first, unpacked into the cache.

    Raises:
        ImageError: there is none.
        OSError: the cache cannot be written.
    """
    place = home() / "python" / layer_key(*(layer.digest for layer in layers))[:16]
    with exclusive(place, report, "unpacking the image's Python"):
        if not (place / "files").exists():
            with staging(place) as scratch:
                for entry in (entry for layer in layers for entry in read(layer.path) if NEEDED.match(entry.path)):
                    _put(entry, scratch)
                scratch.replace(place / "files")
                scratch.mkdir()
    os.utime(place / "files")
    return _python(place / "files")


def _python(root: Path) -> Python:
    paths = {path.relative_to(root).as_posix(): path for path in sorted((root / "usr").rglob("*")) if path.is_file()}
    programs = [path for name, path in paths.items() if PROGRAM.match(name)]
    loaders = [path for name, path in paths.items() if LOADER.match(name)]
    if not programs or not loaders:
        raise ImageError(f"The image has no Python: remove {root.parent}, then build again.")
    return Python(root, programs[0], loaders[0], programs[0].name.removeprefix("python"))


def _put(entry: Entry, root: Path) -> None:
    path = root / entry.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.kind is Kind.DIRECTORY:
        path.mkdir(exist_ok=True)
        return
    path.unlink(missing_ok=True)
    if entry.kind is Kind.LINK:
        path.symlink_to(entry.target)
    elif entry.content is not None:
        with path.open("wb") as stream:
            stream.writelines(entry.content.blocks())
        path.chmod(0o755)


def compiled(entries: dict[str, Entry], python: Python, work: Path) -> Iterator[Entry]:
    """The entries and the bytecode of their Python sources; sources that are not valid Python go without.

    ``work`` is a directory that has to stay until the entries have been read.
    """
    tree = work / "tree"
    for entry in entries.values():
        if entry.path.endswith(".py") and entry.kind is Kind.FILE and entry.content is not None:
            path = tree / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as stream:
                stream.writelines(entry.content.blocks())
    python.compile(tree)
    yield from entries.values()
    for path in sorted(tree.rglob("*.pyc")):
        yield file(path.relative_to(tree).as_posix(), path)
