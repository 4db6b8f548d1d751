"""A platform per test."""

from collections.abc import AsyncIterator

import pytest

from tests.app.engine.durable.harness import Platform, platform_of
from tests.servers.postgres import Database


@pytest.fixture
async def platform(anyio_backend: str, database: Database) -> AsyncIterator[Platform]:
    """Pools to a database of this test alone."""
    async with platform_of(database) as made:
        yield made
