"""What the cache holds of images, and forgetting what nobody has used for a while."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.image.layer import home

KEPT: Final = 2
"""Archives of one repository: the newest, and the one that a node may be importing."""
FORGET_SECONDS: Final = 24 * 3600.0
"""A layer that no archive holds and that was not used for this long goes."""
OF_PACKAGES: Final = ("base", "runtime", "postgresql", "valkey")
"""Layers of Debian packages."""


@dataclass(frozen=True)
class Stored:
    """One archive in the cache."""

    reference: str
    digest: str
    archive: Path
    size: int
    """Bytes of the archive."""
    layers: tuple[tuple[str, str, int], ...]
    """Name, digest and bytes of each, lowest first."""
    used: float
    """When it was built or asked for last, seconds since the epoch."""


def stored() -> list[Stored]:
    """Every archive in the cache, by reference, the latest first."""
    return sorted(_stored(), key=lambda each: (each.reference.rpartition(":")[0], -each.used))


def used(path: Path) -> None:
    """Note that a file of the cache is needed today. Where the cache cannot be written, nothing is forgotten either."""
    try:
        os.utime(path)
    except OSError:
        return


def forget_older(group: Path) -> None:
    """Remove all but the newest archives of one repository, then layers that are in no archive and were not used."""
    archives = sorted(group.glob("*/image.tar"), key=lambda path: path.stat().st_mtime, reverse=True)
    for archive in archives[KEPT:]:
        shutil.rmtree(archive.parent, ignore_errors=True)
    needed = {digest for image in _stored() for _, digest, _ in image.layers}
    for described in (home() / "layers").glob("*/layer.json"):
        layer = _read(described)
        if layer.get("digest") not in needed and _is_old(described.with_name("layer.tar")):
            shutil.rmtree(described.parent, ignore_errors=True)
    for python in (home() / "python").glob("*/files"):
        if _is_old(python):
            shutil.rmtree(python.parent, ignore_errors=True)


def forget_packages() -> None:
    """Remove the layers of Debian packages, so that the next build looks for newer ones."""
    for name in OF_PACKAGES:
        for place in (home() / "layers").glob(f"{name}-*"):
            shutil.rmtree(place, ignore_errors=True)


def _stored() -> Iterator[Stored]:
    for described in (home() / "archives").glob("*/*/image.json"):
        archive, found = described.with_name("image.tar"), _read(described)
        try:
            layers = tuple((layer["name"], layer["digest"], layer["size"]) for layer in found["layers"])
            stat = archive.stat()
            yield Stored(found["reference"], found["digest"], archive, stat.st_size, layers, stat.st_mtime)
        except (OSError, KeyError, TypeError):
            continue


def _read(described: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(described.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > FORGET_SECONDS
    except OSError:
        return False
