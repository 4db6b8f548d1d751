"""What every test may ask for: real servers, shared by the session, with a database of one's own."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from tests.servers import cache, postgres
from tests.servers.session import shared

pytest_plugins = ["tests.offline.fixtures"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_port(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Port of the session's PostgreSQL."""
    return int(shared(tmp_path_factory.getbasetemp().parent, "postgres", postgres.start)["port"])


@pytest.fixture
def database(postgres_port: int) -> Iterator[postgres.Database]:
    """A migrated database of this test alone."""
    name, made = asyncio.run(postgres.create(postgres_port))
    yield made
    asyncio.run(postgres.drop(postgres_port, name))


@pytest.fixture
def empty_database(postgres_port: int) -> Iterator[postgres.Database]:
    """A database of this test alone, not migrated."""
    name, made = asyncio.run(postgres.create(postgres_port, template="template0"))
    yield made
    asyncio.run(postgres.drop(postgres_port, name))


@pytest.fixture(scope="session")
def cache_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of the session's cache: a database of this worker's own."""
    port = shared(tmp_path_factory.getbasetemp().parent, "cache", cache.start)["port"]
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"redis://127.0.0.1:{port}/{worker % 16}"
