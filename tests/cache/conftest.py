"""A cluster of the cache for each file."""

from collections.abc import Iterator

import pytest

from ops.image.failure import ImageError
from tests.cache.cluster import Cluster, Pod, lay_out
from tests.servers import haproxy


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster of this file; each test leaves every pod running."""
    try:
        program = haproxy.program()
    except ImageError as error:
        pytest.skip(f"no HAProxy: {error}")
    made = lay_out(tmp_path_factory.mktemp("cache"), program)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def master(cluster: Cluster) -> Pod:
    """The master of a cluster in order."""
    cluster.start()
    return cluster.master()
