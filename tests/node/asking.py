"""Having something inside the node ask a URL meanwhile."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contract.names import ENGINE_SERVICE, Namespace
from ops.controlplane.api import Api
from ops.node.node import Node

PROBER = Path(__file__).with_name("prober.py")


def engine_url(cluster: Api) -> str:
    """Of the engine's Service, inside the node."""
    service = cluster.get("v1", "Service", ENGINE_SERVICE, Namespace.ORCHESTRATION)
    assert service is not None
    return f"http://{service['spec']['clusterIP']}"


@contextmanager
def asked_all_the_time(node: Node, url: str, token: str = "") -> Iterator[dict[str, Any]]:
    """Have something inside the node ask ``url`` meanwhile; afterwards the dictionary has requests and failures."""
    found: dict[str, Any] = {}
    with subprocess.Popen(
        node.inside(sys.executable, "-I", str(PROBER), url),
        env=os.environ | {"PROBER_TOKEN": token},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as prober:
        try:
            assert prober.stdout is not None and prober.stdout.readline() == "asking\n"
            yield found
            said, _ = prober.communicate(timeout=60)
            found.update(json.loads(said))
        finally:
            if prober.poll() is None:
                prober.kill()
