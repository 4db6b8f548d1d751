"""`local/pause:1`: the container that holds a pod's namespaces while its other containers come and go."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ops.image.entries import Entry, file
from ops.image.failure import ImageError
from ops.image.image import Image, assemble
from ops.image.layer import cached_layer, layer_key
from ops.image.oci import Run, architecture
from ops.toolchain.cache import Report

REFERENCE: Final = "local/pause:1"
SOURCE: Final = Path(__file__).with_name("pause.c")
FLAGS: Final = ("-Os", "-Wall", "-Wextra", "-Werror", "-static", "-s", "-Wl,--build-id=none")


def pause_image(report: Report) -> Image:
    """The pause container's image: one static program, compiled from pause.c.

    Raises:
        ImageError: there is no C compiler, or it failed.
        OSError: the cache cannot be written.
    """
    key = layer_key("pause", SOURCE.read_text(encoding="ascii"), *FLAGS, architecture())
    layer = cached_layer("pause", key, _compile, report)
    return assemble(REFERENCE, Run(user="65535:65535", entrypoint=("/pause",)), (layer,), report)


def _compile(work: Path) -> Iterable[Entry]:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise ImageError("The pause image needs a C compiler: install gcc and libc6-dev, then build again.")
    program = work / "pause"
    command = [compiler, *FLAGS, "-o", str(program), SOURCE.name]
    done = subprocess.run(command, cwd=SOURCE.parent, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ImageError(f"{SOURCE.name} cannot be compiled ({said}): install gcc and libc6-dev, then build again.")
    return [file("pause", program, executable=True)]
