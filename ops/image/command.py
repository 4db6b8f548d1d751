"""``python -m ops.image build [IMAGE…]`` and ``python -m ops.image show``.

Results go to standard output, progress to standard error. Exit codes: 0 done, 1 an image cannot be built, 2 wrong
request, 130 interrupted.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ops.image.base import base_image
from ops.image.failure import ImageError
from ops.image.haproxy import haproxy_image
from ops.image.image import Image
from ops.image.pause import pause_image
from ops.image.platform import platform_image
from ops.image.postgresql import postgresql_image
from ops.image.redis_exporter import redis_exporter_image
from ops.image.store import Stored, forget_packages, stored
from ops.image.valkey import valkey_image
from ops.local.progress import Steps
from ops.toolchain.cache import Report
from ops.toolchain.failure import ToolchainError

IMAGES: Final[dict[str, Callable[[Report], Image]]] = {
    "platform": platform_image,
    "postgresql": postgresql_image,
    "valkey": valkey_image,
    "haproxy": haproxy_image,
    "redis-exporter": redis_exporter_image,
    "pause": pause_image,
    "base": base_image,
}
ALL: Final = "all"


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.image", description="Container images without Docker.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build images into the cache; what is there already is only checked")
    build.add_argument("images", nargs="*", metavar="IMAGE", help=f"{', '.join(IMAGES)} or {ALL}; platform by default")
    build.add_argument("--output", type=Path, metavar="FILE", help="copy the one image's archive there")
    build.add_argument("--refresh", action="store_true", help="look for newer Debian packages")
    build.add_argument("--json", action="store_true", help="one JSON object on standard output")
    show = commands.add_parser("show", help="list what is in the cache")
    show.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = parser.parse_args(arguments)
    if chosen.command == "show":
        return _show(stored(), as_json=chosen.json)
    names = list(IMAGES) if ALL in chosen.images else list(dict.fromkeys(chosen.images or ["platform"]))
    if unknown := [name for name in names if name not in IMAGES]:
        parser.error(f"there is no image {unknown[0]}: name one of {', '.join((*IMAGES, ALL))}")
    if chosen.output is not None and len(names) != 1:
        parser.error("--output takes the archive of one image: name one")
    return _build(names, chosen.output, refresh=chosen.refresh, as_json=chosen.json)


def _build(names: list[str], output: Path | None, *, refresh: bool, as_json: bool) -> int:
    steps = Steps(len(names), sys.stderr)
    built: list[Image] = []
    try:
        if refresh:
            forget_packages()
        for name in names:
            with steps.step(name) as step:
                built.append(IMAGES[name](step.say))
                step.say(f"{built[-1].reference} is ready")
        if output is not None:
            shutil.copyfile(built[0].archive, output)
    except (ImageError, ToolchainError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(
            f"{error.filename or 'The cache'} cannot be used ({error.strerror or error}): make sure that it exists, "
            "can be written and has space, then try again."
        )
    except KeyboardInterrupt:
        return _fail("interrupted; run it again to go on", 130)
    if as_json:
        print(json.dumps({"images": [_document(image) for image in built]}))
    else:
        for image in built:
            print(f"{image.reference}  {image.digest}  {image.size / 1e6:.1f} MB  {output or image.archive}")
    return 0


def _document(image: Image) -> dict[str, object]:
    return {
        "reference": image.reference,
        "digest": image.digest,
        "archive": str(image.archive),
        "size": image.size,
        "layers": [{"name": layer.name, "digest": layer.digest, "size": layer.size} for layer in image.layers],
    }


def _show(images: list[Stored], *, as_json: bool) -> int:
    if as_json:
        found = [
            {
                "reference": image.reference,
                "digest": image.digest,
                "archive": str(image.archive),
                "size": image.size,
                "used": image.used,
                "layers": [{"name": name, "digest": digest, "size": size} for name, digest, size in image.layers],
            }
            for image in images
        ]
        print(json.dumps({"images": found}))
        return 0
    for image in images:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(image.used))
        print(f"{image.reference}  {image.digest}  {image.size / 1e6:.1f} MB  used {when}")
        for name, digest, size in image.layers:
            print(f"  {name:<14} {digest[:19]}  {size / 1e6:8.1f} MB")
    if not images:
        print("No image is in the cache: `python -m ops.image build` makes the platform's.")
    return 0


def _fail(sentence: str, code: int = 1) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return code
