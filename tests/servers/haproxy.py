"""A real HAProxy: the one on PATH, or Debian's packages unpacked into the cache; nothing is installed."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ops.image import apt
from ops.image.failure import ImageError

PACKAGES = ("haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1")
"""The program, and the libraries that a Debian without it lacks."""


@dataclass(frozen=True)
class Program:
    """Where it is, and the directories of its libraries."""

    path: Path
    libraries: tuple[Path, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """What it is started with."""
        return dict(os.environ) | {"LD_LIBRARY_PATH": os.pathsep.join(map(str, self.libraries))}


def program() -> Program:
    """Raises :class:`ImageError` where it is neither here nor to be had."""
    found = shutil.which("haproxy")
    if found is not None:
        return Program(Path(found))
    apt.codename()
    unpacked = [apt.unpacked(package, lambda _: None) for package in PACKAGES]
    libraries = tuple(path for files in unpacked for path in (files / "usr" / "lib").glob("*-linux-gnu"))
    path = unpacked[0] / "usr" / "sbin" / "haproxy"
    if not path.exists():
        raise ImageError(f"Debian's package haproxy has no {path.name} where it should be.")
    return Program(path, libraries)
