"""The plugins' package is importable in their tests as it is in the plugins themselves; a namespace for each test."""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.controlplane.api import Api

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def namespace(cluster: Api) -> Iterator[str]:
    """A namespace of this test alone."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.delete("v1", "Namespace", name)
