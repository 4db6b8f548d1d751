"""`local/haproxy`: Debian's HAProxy, which leads to the master of a replicated cache on the local node."""

from typing import Final

from ops.image.base import Tree, packages_layer
from ops.image.bill import bill_of_materials
from ops.image.debian import Recipe
from ops.image.entries import file
from ops.image.image import Image, assemble
from ops.image.oci import Run
from ops.toolchain.cache import Report

VERSION: Final = "2.6"
"""Debian 12's: it knows every directive of the proxy's settings, which are written for the pinned one."""
REFERENCE: Final = f"local/haproxy:{VERSION}"
USER: Final = 1000
BILL: Final = "/usr/share/sbom/haproxy.cdx.json"
OF_DEBIAN: Final = ("etc/default", "etc/haproxy", "etc/init.d", "lib/systemd", "usr/lib/systemd", "var/lib/haproxy")
"""How Debian starts it, and its own settings."""
RECIPE: Final = Recipe(packages=("haproxy",))
ADAPTED: Final = "1"
"""Version of :func:`adapted`."""


def haproxy_image(report: Report) -> Image:
    """The proxy's image.

    Raises:
        ImageError: a package cannot be had, or the cache is damaged.
        OSError: the cache cannot be written.
    """
    run = Run(
        user=f"{USER}:{USER}",
        command=("haproxy",),
        environment={"LANG": "C.UTF-8"},
        labels={"org.opencontainers.image.title": f"Debian's HAProxy {VERSION}"},
    )
    return assemble(REFERENCE, run, packages_layer("haproxy", RECIPE, adapted, ADAPTED, report), report)


def adapted(tree: Tree) -> Tree:
    """The program without what starts it on a Debian machine."""
    kept = {path: entry for path, entry in tree.items() if not path.startswith(OF_DEBIAN)}
    bill = file(BILL, bill_of_materials("local/haproxy", VERSION, tree))
    return kept | {bill.path: bill}
