"""One layer: a tar kept in the cache under the digest of what it was made from."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ops.image.entries import Entry
from ops.image.tarball import write
from ops.toolchain.cache import Report, cache_root, exclusive, staging

FORMAT: Final = "1"
"""Part of every key: another way to write layers makes all of them anew."""


@dataclass(frozen=True)
class Layer:
    """A layer on disk. It is not compressed, so ``digest`` is its diff id too."""

    name: str
    """What it holds, such as ``code``."""
    key: str
    path: Path
    digest: str
    """``sha256:…``."""
    size: int
    """Bytes."""


def home() -> Path:
    """Where the cache keeps images and what they are made of."""
    return cache_root() / "images"


def layer_key(*inputs: str) -> str:
    """Digest of everything that decides what a layer holds, hexadecimal."""
    return hashlib.sha256("\n".join((FORMAT, *inputs)).encode()).hexdigest()


def cached_layer(name: str, key: str, make: Callable[[Path], Iterable[Entry]], report: Report) -> Layer:
    """The layer of this key: the one in the cache, else a new one.

    Args:
        name: what it holds; shown to people and part of its place.
        key: of :func:`layer_key`.
        make: gives the entries; gets an empty directory that is there until the layer is written.
        report: takes lines of progress.

    Raises:
        OSError: no space, or no right to write.
    """
    place = home() / "layers" / f"{name}-{key[:16]}"
    if (found := _found(place)) is not None:
        return found
    with exclusive(place, report, f"making layer {name}"):
        if (found := _found(place)) is not None:
            return found
        with staging(place) as scratch:
            work, written, described = scratch / "work", scratch / "layer.tar", scratch / "layer.json"
            work.mkdir()
            with written.open("wb") as stream:
                writer = write(make(work), stream)
            layer = Layer(name, key, place / "layer.tar", f"sha256:{writer.hexdigest()}", writer.size)
            described.write_text(json.dumps(asdict(layer) | {"path": "layer.tar"}), encoding="ascii")
            written.replace(layer.path)
            described.replace(place / "layer.json")
    return layer


def _found(place: Path) -> Layer | None:
    """A layer counts once it is described; what it holds is checked when it goes into an archive."""
    path = place / "layer.tar"
    try:
        described: dict[str, Any] = json.loads((place / "layer.json").read_text(encoding="ascii"))
        described["path"] = path
        layer = Layer(**described)
        if path.stat().st_size != layer.size:
            return None
        os.utime(path)  # whoever looks for layers to forget leaves what is in use
        return layer
    except (OSError, ValueError, TypeError):
        return None
