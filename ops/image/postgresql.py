"""`local/postgresql:15`: Debian's PostgreSQL server as an operand of CloudNativePG.

The operator reads the major version from the tag and runs the server as 26:26. Backup plugins are not in it.
"""

from typing import Final

from ops.image.base import Tree, packages_layer
from ops.image.bill import bill_of_materials
from ops.image.debian import PERL, Recipe
from ops.image.entries import directory, file, link
from ops.image.image import Image, assemble
from ops.image.oci import Run
from ops.image.users import with_user
from ops.toolchain.cache import Report

MAJOR: Final = 15
"""Debian 12's."""
REFERENCE: Final = f"local/postgresql:{MAJOR}"
USER: Final = 26
"""User and group that CloudNativePG expects."""
HOME: Final = "/var/lib/postgresql"
BILL: Final = "/usr/share/sbom/postgresql.cdx.json"
PROGRAMS: Final = f"usr/lib/postgresql/{MAJOR}/bin/"
LEFT_OUT: Final = (
    *("etc/postgresql", "var/lib/postgresql"),
    *(f"usr/lib/postgresql/{MAJOR}/lib/bitcode", f"usr/lib/postgresql/{MAJOR}/lib/llvmjit"),
)
"""Debian's own clusters and their settings, and what only the compiler for queries reads."""
NO_CLUSTER: Final = (
    'mkdir -p "$1/etc/postgresql-common" && '
    'echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"'
)
RECIPE: Final = Recipe(
    packages=(f"postgresql-{MAJOR}",),
    before=(NO_CLUSTER,),
    unneeded=("libllvm14", "libz3-4", "locales", "postgresql-common", "postgresql-client-common", "ssl-cert", *PERL),
)
"""Without the compiler for queries, half the image; without Debian's management of clusters: the operator does that."""
ADAPTED: Final = "1"
"""Version of :func:`adapted`."""


def postgresql_image(report: Report) -> Image:
    """The database's image.

    Raises:
        ImageError: a package cannot be had, or the cache is damaged.
        OSError: the cache cannot be written.
    """
    layers = packages_layer("postgresql", RECIPE, adapted, ADAPTED, report)
    run = Run(
        user=f"{USER}:{USER}",
        command=("postgres",),
        environment={"LANG": "C.UTF-8"},
        labels={"org.opencontainers.image.title": f"Debian's PostgreSQL {MAJOR} as an operand of CloudNativePG"},
    )
    return assemble(REFERENCE, run, layers, report)


def adapted(tree: Tree) -> Tree:
    """The server's user is 26, its programs are on PATH, and no cluster is there."""
    kept = {path: entry for path, entry in tree.items() if not path.startswith(LEFT_OUT)}
    added = (
        *(link(f"usr/local/bin/{path.rpartition('/')[2]}", f"/{path}") for path in tree if path.startswith(PROGRAMS)),
        directory(HOME, 0o755, USER, USER),
        file(BILL, bill_of_materials("local/postgresql", str(MAJOR), tree)),
    )
    return with_user(kept, "postgres", USER, HOME) | {entry.path: entry for entry in added}
