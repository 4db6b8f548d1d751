"""An image of static programs and nothing else."""

from collections.abc import Mapping
from pathlib import Path

from ops.image.entries import Entry, arranged, directory, file, fingerprint, link
from ops.image.image import Image, assemble
from ops.image.layer import cached_layer, layer_key
from ops.image.oci import Run
from ops.toolchain.cache import Report


def binary_image(
    reference: str,
    programs: Mapping[str, Path],
    report: Report,
    *,
    user: str = "65532:65532",
    entrypoint: tuple[str, ...] = (),
    links: Mapping[str, str] | None = None,
    files: Mapping[str, Path | bytes] | None = None,
    environment: Mapping[str, str] | None = None,
    workdir: str = "/",
) -> Image:
    """An image that holds static programs, an empty /tmp and what else is given.

    Args:
        reference: such as ``local/operator:1``.
        programs: path in the image -> program on this machine.
        report: takes lines of progress.
        user: ``uid:gid`` of the process.
        entrypoint: the command; the only program where none is given.
        links: path in the image -> what it points to.
        files: path in the image -> a file on this machine, or bytes; such as the certificates of authorities.
        environment: variables beside PATH.
        workdir: the process's directory.

    Raises:
        OSError: a program or file cannot be read, or the cache not written.
        ImageError: the layer in the cache is damaged.
    """
    if not entrypoint and len(programs) == 1:
        entrypoint = (next(iter(programs)),)
    entries: list[Entry] = [
        directory("tmp", 0o1777),
        *(file(path, program, executable=True) for path, program in programs.items()),
        *(file(path, content) for path, content in (files or {}).items()),
        *(link(path, target) for path, target in (links or {}).items()),
    ]
    key = layer_key("programs", fingerprint(arranged(entries)))
    name = reference.rpartition(":")[0].rpartition("/")[2]
    layer = cached_layer(name, key, lambda _: entries, report)
    run = Run(user=user, entrypoint=entrypoint, environment=environment or {}, workdir=workdir)
    return assemble(reference, run, (layer,), report)
