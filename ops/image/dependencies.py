"""The layer of the application's Python packages: what requirements-image.txt pins by hash, for the image's Python."""

import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ops.bootstrap import ROOT, find_uv, installer_environment
from ops.image.entries import Entry, tree
from ops.image.failure import ImageError
from ops.image.layer import Layer, cached_layer, layer_key
from ops.image.paths import DEPENDENCIES
from ops.image.python import Python, compiled
from ops.toolchain.cache import Report

REQUIREMENTS: Final = ROOT / "requirements-image.txt"
C_LIBRARY: Final = "manylinux_2_28"
"""Wheels for a glibc as old as this; every release of Debian that images are made of has a newer one."""
LEFT_OUT: Final = re.compile(
    r"((bin|include)(/.*)?|\.lock|.*/__pycache__(/.*)?|[^/]+\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_.*))$"
)
"""Scripts and notes of the installer: they name its paths, and nothing in the image asks for them."""
INSTALL_SECONDS: Final = 600


def dependencies_layer(python: Python, below: tuple[Layer, ...], report: Report) -> Layer:
    """The layer of Python packages, with their bytecode.

    Args:
        python: the image's.
        below: the layers it lies on; the bytecode depends on them.
        report: takes lines of progress.

    Raises:
        ImageError: packages cannot be downloaded or do not fit.
    """

    def make(work: Path) -> Iterable[Entry]:
        report("installing the application's Python packages")
        target = work / "target"
        _install(target, python.version)
        report("compiling the application's Python packages")
        return compiled(packages(target), python, work)

    pinned = REQUIREMENTS.read_text(encoding="utf-8")
    key = layer_key(
        "dependencies", pinned, platform.machine(), C_LIBRARY, LEFT_OUT.pattern, *(layer.digest for layer in below)
    )
    return cached_layer("dependencies", key, make, report)


def packages(target: Path) -> dict[str, Entry]:
    """What an installer put into ``target``, as the image holds it."""
    left = len(DEPENDENCIES)
    return {
        entry.path: entry for entry in tree(target, DEPENDENCIES.strip("/")) if not LEFT_OUT.match(entry.path[left:])
    }


def _install(target: Path, version: str) -> None:
    uv = find_uv()
    if uv is None:
        raise ImageError("Python packages cannot be installed into an image without uv: try again with a network.")
    command = [
        *(str(uv / "uv"), "pip", "install", "--quiet", "--target", str(target), "--python", sys.executable),
        *("--python-version", version, "--python-platform", f"{platform.machine()}-{C_LIBRARY}"),
        *("--only-binary", ":all:", "--no-deps", "--require-hashes", "--link-mode", "copy", "-r", str(REQUIREMENTS)),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=installer_environment(str(uv / "python")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS,
    )
    if done.returncode != 0:
        said = " ".join(done.stdout.split())[-300:] or "it said nothing"
        raise ImageError(
            f"The application's Python packages cannot be installed into an image ({said}): connect this machine to "
            "the internet, or name a mirror in PIP_INDEX_URL, then build again."
        )
