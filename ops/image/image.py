"""A built image: its archive in the cache, beside it what the archive is."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ops.image.layer import Layer, home
from ops.image.oci import Blobs, Run, describe, write_archive
from ops.image.store import forget_older, used
from ops.toolchain.cache import Report, exclusive, intact, record, staging


@dataclass(frozen=True)
class Image:
    """An image ready for ``ctr -n k8s.io images import`` or ``docker load``."""

    reference: str
    digest: str
    """Of the manifest, ``sha256:…``: what a registry and the kubelet call the image's digest."""
    archive: Path
    layers: tuple[Layer, ...]
    """Lowest first."""

    @property
    def size(self) -> int:
        """Bytes of all layers."""
        return sum(layer.size for layer in self.layers)


def assemble(name: Callable[[str], str] | str, run: Run, layers: tuple[Layer, ...], report: Report) -> Image:
    """Put layers together; what is in the cache already is only checked.

    Args:
        name: the image's reference, or what makes it out of the digest.
        run: how a container runs.
        layers: lowest first.
        report: takes lines of progress.

    Raises:
        ImageError: a layer in the cache is damaged.
        OSError: no space, or no right to write.
    """
    blobs = describe(run, layers)
    reference = name if isinstance(name, str) else name(blobs.digest)
    repository, _, _ = reference.rpartition(":")
    group = home() / "archives" / repository.replace("/", "-")
    place = group / f"{reference.rpartition(':')[2]}-{blobs.digest.removeprefix('sha256:')[:12]}"
    image = Image(reference, blobs.digest, place / "image.tar", layers)
    if intact(image.archive):
        used(image.archive)
        return image
    with exclusive(group, report, f"writing image {reference}"):
        if not intact(image.archive):
            with staging(group) as scratch:
                _write(image, blobs, scratch, report)
                place.mkdir(exist_ok=True)
                for written in ("image.tar", "image.json", "image.tar.sha256"):
                    (scratch / written).replace(place / written)
            forget_older(group)
    return image


def _write(image: Image, blobs: Blobs, scratch: Path, report: Report) -> None:
    report(f"writing image {image.reference}, {image.size / 1e6:.0f} MB")
    with (scratch / "image.tar").open("wb") as stream:
        write_archive(image.reference, blobs, image.layers, stream)
    record(scratch / "image.tar")
    described: dict[str, Any] = asdict(image)
    for layer in (described, *described["layers"]):
        layer.pop("archive", None)
        layer.pop("path", None)
    (scratch / "image.json").write_text(json.dumps(described, indent=1), encoding="ascii")
