"""`local/redis-exporter`: Debian's exporter of cache metrics under the official image's name, for the local node."""

from typing import Final

from ops.image.base import Tree, packages_layer
from ops.image.bill import bill_of_materials
from ops.image.debian import Recipe
from ops.image.entries import file, link
from ops.image.image import Image, assemble
from ops.image.oci import Run
from ops.toolchain.cache import Report

VERSION: Final = "1.45"
"""Debian 12's: it knows the flags that the cache's pod gives it, and has fewer metrics than the pinned one."""
REFERENCE: Final = f"local/redis-exporter:{VERSION}"
USER: Final = 1000
BILL: Final = "/usr/share/sbom/redis-exporter.cdx.json"
OF_DEBIAN: Final = ("etc/default", "etc/init.d", "lib/systemd", "usr/lib/systemd")
"""How Debian starts it."""
RECIPE: Final = Recipe(packages=("prometheus-redis-exporter",))
ADAPTED: Final = "1"
"""Version of :func:`adapted`."""


def redis_exporter_image(report: Report) -> Image:
    """The exporter's image.

    Raises:
        ImageError: a package cannot be had, or the cache is damaged.
        OSError: the cache cannot be written.
    """
    run = Run(
        user=f"{USER}:{USER}",
        command=("/redis_exporter",),
        environment={"LANG": "C.UTF-8"},
        labels={"org.opencontainers.image.title": f"Debian's redis_exporter {VERSION}"},
    )
    return assemble(REFERENCE, run, packages_layer("redis-exporter", RECIPE, adapted, ADAPTED, report), report)


def adapted(tree: Tree) -> Tree:
    """The program has the official image's name too."""
    kept = {path: entry for path, entry in tree.items() if not path.startswith(OF_DEBIAN)}
    added = (
        link("redis_exporter", "/usr/bin/prometheus-redis-exporter"),
        file(BILL, bill_of_materials("local/redis-exporter", VERSION, tree)),
    )
    return kept | {entry.path: entry for entry in added}
