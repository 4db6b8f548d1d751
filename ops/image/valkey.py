"""`local/valkey`: Debian's Redis 7.0 under Valkey's names, for the cache on the local node.

Debian 12 has no Valkey. Both speak the same protocol and read the same settings as far as the cache's pod uses them.
"""

from typing import Final

from ops.image.base import Tree, packages_layer
from ops.image.bill import bill_of_materials
from ops.image.debian import Recipe
from ops.image.entries import directory, file, link
from ops.image.image import Image, assemble
from ops.image.oci import Run
from ops.image.users import with_user
from ops.toolchain.cache import Report

VERSION: Final = "7.0"
"""Debian 12's."""
REFERENCE: Final = f"local/valkey:redis-{VERSION}"
USER: Final = 1000
BILL: Final = "/usr/share/sbom/valkey.cdx.json"
OF_DEBIAN: Final = ("etc/redis", "var/lib/redis")
"""Debian's own settings and data."""
SENTINEL: Final = b'#!/bin/sh\nexec redis-server "$@" --sentinel\n'
"""Redis looks for its own name to become a Sentinel, so a link of another name is not enough."""
RECIPE: Final = Recipe(packages=("redis-server", "redis-tools"))
ADAPTED: Final = "1"
"""Version of :func:`adapted`."""


def valkey_image(report: Report) -> Image:
    """The cache's image.

    Raises:
        ImageError: a package cannot be had, or the cache is damaged.
        OSError: the cache cannot be written.
    """
    run = Run(
        user=f"{USER}:{USER}",
        command=("valkey-server",),
        workdir="/data",
        environment={"LANG": "C.UTF-8"},
        labels={
            "org.opencontainers.image.title": f"Debian's Redis {VERSION} under Valkey's names",
            "org.opencontainers.image.description": "For a local node only: no Valkey, which Debian 12 does not have.",
        },
    )
    return assemble(REFERENCE, run, packages_layer("valkey", RECIPE, adapted, ADAPTED, report), report)


def adapted(tree: Tree) -> Tree:
    """The programs have Valkey's names too, and /data is the process's."""
    kept = {path: entry for path, entry in tree.items() if not path.startswith(OF_DEBIAN)}
    added = (
        link("usr/local/bin/valkey-server", "/usr/bin/redis-server"),
        link("usr/local/bin/valkey-cli", "/usr/bin/redis-cli"),
        file("usr/local/bin/valkey-sentinel", SENTINEL, executable=True),
        directory("data", 0o755, USER, USER),
        file(BILL, bill_of_materials("local/valkey", VERSION, tree)),
    )
    return with_user(kept, "valkey", USER, "/data") | {entry.path: entry for entry in added}
