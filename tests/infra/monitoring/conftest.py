"""Dashboards of a region that has everything, and their JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.catalogue import read_catalogue
from infra.monitoring.dashboards.boards import boards
from infra.monitoring.dashboards.model import Board
from infra.settings import parse


@pytest.fixture(scope="session")
def roles() -> tuple[str, ...]:
    """Ids of the roles in the tree."""
    return tuple(file.role.id for file in read_catalogue("roles").roles)


@pytest.fixture(scope="session")
def all_boards(settings_of: Callable[[str], dict[str, Any]], roles: tuple[str, ...]) -> tuple[Board, ...]:
    """Of stack ``prod``."""
    return boards(parse(settings_of("prod")), roles)


@pytest.fixture(scope="session")
def files(all_boards: tuple[Board, ...]) -> dict[str, dict[str, Any]]:
    """Name -> what Grafana reads."""
    from infra.monitoring.dashboards.rendering import render

    return {board.name: json.loads(render(board)) for board in all_boards}
