"""`local/base:1`: Debian's essential packages, the lowest layer of every image that is more than a program."""

import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from ops.image import apt, cleaning, debian
from ops.image.cleaning import cleaned
from ops.image.debian import Recipe, install
from ops.image.difference import difference
from ops.image.entries import Entry, arranged
from ops.image.image import Image, assemble
from ops.image.layer import Layer, cached_layer, layer_key
from ops.image.oci import Run
from ops.image.tarball import read
from ops.toolchain.cache import Report

REFERENCE: Final = "local/base:1"
Tree = dict[str, Entry]
Adapt = Callable[[Tree], Tree]
"""Turns what Debian installed into what the image holds."""
WAY: Final = "\n".join((debian.COMPILE, debian.REMOVE, cleaning.EMPTIED.pattern, cleaning.DROPPED.pattern))
"""How a layer comes from packages: changed, it gives other layers."""


def base_image(report: Report) -> Image:
    """The base layer alone: a shell and what it needs.

    Raises:
        ImageError: no Debian, no packages, or no right to install them.
        OSError: the cache cannot be written.
    """
    return assemble(REFERENCE, Run(command=("sh",)), (base_layer(report),), report)


def base_layer(report: Report) -> Layer:
    """Debian's essential packages, cleaned."""

    def make(work: Path) -> Iterable[Entry]:
        return cleaned(read(install(Recipe(), work, report)))

    return cached_layer("base", layer_key("base", apt.codename(), platform.machine(), WAY), make, report)


def packages_layer(name: str, recipe: Recipe, adapt: Adapt, version: str, report: Report) -> tuple[Layer, Layer]:
    """The base layer, and one that adds packages to it.

    Args:
        name: of the new layer.
        recipe: what is installed.
        adapt: adds to and changes what was installed.
        version: names all that ``adapt`` does; another version is another layer.
        report: takes lines of progress.
    """
    base = base_layer(report)

    def make(work: Path) -> Iterable[Entry]:
        upper = adapt(arranged(cleaned(read(install(recipe, work, report)))))
        return difference(arranged(read(base.path)), arranged(upper.values()))

    key = layer_key(name, base.digest, repr(recipe), version, WAY)
    return base, cached_layer(name, key, make, report)


def merged(layers: tuple[Layer, ...]) -> Tree:
    """What an image of these layers holds, lowest first; what an upper layer removes from a lower one stays."""
    return {entry.path: entry for layer in layers for entry in read(layer.path)}
