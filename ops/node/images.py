"""Loading image archives into a node's containerd; what was loaded before is remembered and skipped."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ops.node.failure import NodeError
from ops.node.layout import Layout
from ops.node.namespaces import inside
from ops.toolchain.cache import Report

IMPORT: Final = ("ctr", "-n", "k8s.io", "images", "import", "/dev/stdin")
SECONDS: Final = 120.0


def load(layout: Layout, pid: int, images: Sequence[Path], report: Report) -> None:
    """Import archives into the containerd of the node whose first process is ``pid``.

    An archive is named by its content, so one path is one image for ever.

    Raises:
        NodeError: one was refused, with containerd's words.
    """
    book = layout.data / "images.json"
    loaded: list[str] = json.loads(book.read_text(encoding="utf-8")) if book.exists() else []
    fresh = [each for each in images if str(each) not in loaded]
    for number, archive in enumerate(fresh, 1):
        report(f"loading image {number} of {len(fresh)}: {archive.parent.parent.name}")
        with archive.open("rb") as content:
            done = subprocess.run(
                inside(pid, IMPORT), stdin=content, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        if done.returncode != 0:
            raise NodeError(f"Image {archive} was not loaded: {done.stderr.strip()[-300:]}")
        loaded.append(str(archive))
        book.write_text(json.dumps(loaded), encoding="utf-8")
