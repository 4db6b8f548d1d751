"""A client of a running engine."""

from collections.abc import AsyncGenerator

import pytest

from client.platform import PlatformClient
from tests.app.engine.api.harness import TOKEN, Engine, running, settings_for
from tests.app.engine.api.test_thin_path import scripted
from tests.servers.postgres import Database


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Engine]:
    """A ready engine whose steps are scripted."""
    async with running(settings_for(database), scripted) as made:
        yield made


@pytest.fixture
async def client(engine: Engine) -> AsyncGenerator[PlatformClient]:
    """A client with the bootstrap token."""
    async with PlatformClient(engine.url, TOKEN, ws_url=engine.ws_url) as made:
        yield made
