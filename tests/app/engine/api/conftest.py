"""An engine per test."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from tests.app.engine.api.harness import Engine, running, settings_for, worker
from tests.servers.postgres import Database


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Engine]:
    """A ready engine whose core executes nothing."""
    async with running(settings_for(database)) as made:
        yield made


@pytest.fixture
async def http(engine: Engine) -> AsyncGenerator[httpx.AsyncClient]:
    """A client with the bootstrap token."""
    async with engine.http() as client:
        yield client


@pytest.fixture
async def rows(database: Database) -> AsyncGenerator[Any]:
    """A connection that sees and writes every tenant's rows."""
    async with worker(database) as connection:
        yield connection
