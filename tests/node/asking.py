"""Having something inside the node ask a URL meanwhile."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.node.node import Node

PROBER = Path(__file__).with_name("prober.py")


@contextmanager
def asked_all_the_time(node: Node, url: str) -> Iterator[dict[str, Any]]:
    """Have something inside the node ask ``url`` meanwhile; afterwards the dictionary has requests and failures."""
    found: dict[str, Any] = {}
    with subprocess.Popen(
        node.inside(sys.executable, "-I", str(PROBER), url), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as prober:
        try:
            assert prober.stdout is not None and prober.stdout.readline() == "asking\n"
            yield found
            said, _ = prober.communicate(timeout=60)
            found.update(json.loads(said))
        finally:
            if prober.poll() is None:
                prober.kill()
