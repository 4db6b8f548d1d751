"""`mcp-platform/platform`: the one image of engine, agents and migration."""

import tomllib
from typing import Final

from contract.names import IMAGE
from ops.bootstrap import ROOT
from ops.image import paths
from ops.image.base import Tree, merged, packages_layer
from ops.image.bill import bill_of_materials
from ops.image.code import code_layer
from ops.image.debian import PERL, Recipe
from ops.image.dependencies import dependencies_layer
from ops.image.entries import link
from ops.image.image import Image, assemble
from ops.image.oci import Run
from ops.image.python import python_of
from ops.image.users import with_user
from ops.toolchain.cache import Report

RECIPE: Final = Recipe(
    packages=("ca-certificates", "libstdc++6", "postgresql-client-15", "python3"),
    unneeded=("postgresql-client-common", *PERL),
)
"""Debian's wrapper in Perl finds the client for a cluster; there is one client here."""
ADAPTED: Final = "1"
"""Version of :func:`adapted`."""


def platform_image(report: Report) -> Image:
    """The platform's image; its tag is derived from what it holds.

    Raises:
        ImageError: a package cannot be had, or the cache is damaged.
        OSError: the cache cannot be written.
    """
    base, runtime = packages_layer("runtime", RECIPE, adapted, ADAPTED, report)
    python = python_of((base, runtime), report)
    dependencies = dependencies_layer(python, (base, runtime), report)
    below = (base, runtime, dependencies)
    code = code_layer(python, below, lambda: bill_of_materials(IMAGE, version(), merged(below)), version(), report)
    return assemble(tagged, run(), (*below, code), report)


def tagged(digest: str) -> str:
    """The image's reference for a digest ``sha256:…``."""
    return f"{IMAGE}:sha-{digest.removeprefix('sha256:')[:12]}"


def version() -> str:
    """Of pyproject.toml."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def run() -> Run:
    """How a container of the platform runs."""
    return Run(
        user=f"{paths.USER}:{paths.USER}",
        entrypoint=paths.ENTRYPOINT,
        workdir=paths.WORKDIR,
        environment=paths.ENVIRONMENT,
        labels={
            "org.opencontainers.image.title": IMAGE,
            "org.opencontainers.image.version": version(),
            "org.opencontainers.image.licenses": "Apache-2.0",
        },
    )


def adapted(tree: Tree) -> Tree:
    """Adds the name ``python``, the user of the process, and the PostgreSQL client without its wrapper."""
    programs = [path for path in tree if path.startswith("usr/lib/postgresql/") and "/bin/" in path]
    added = [
        link("usr/local/bin/python", "/usr/bin/python3"),
        *(link(f"usr/local/bin/{path.rpartition('/')[2]}", f"/{path}") for path in programs),
    ]
    return with_user(tree, paths.NAME, paths.USER, paths.WORKDIR) | {entry.path: entry for entry in added}
