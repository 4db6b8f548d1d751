"""A region's dashboards over all regions that send: each asks which."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from infra.central.selecting import selecting
from infra.monitoring.dashboards import (
    agents,
    autoscaling,
    backup,
    cache,
    certificates,
    database,
    engine,
    ingress,
    logs,
    platform,
)
from infra.monitoring.dashboards.model import Board, Variable

REGION: Final = Variable("region", "Region", "label_values(up, region)")
MATCHER: Final = f'region=~"${REGION.name}"'


def boards(roles: Iterable[str]) -> tuple[Board, ...]:
    """Every dashboard that any region has."""
    everything = (
        *(platform.BOARD, engine.BOARD, agents.board(roles), database.BOARD, cache.BOARD),
        *(ingress.BOARD, logs.BOARD, backup.BOARD, autoscaling.BOARD, certificates.BOARD),
    )
    return tuple(map(of_regions, everything))


def of_regions(board: Board) -> Board:
    """``board`` with a choice of regions, and its queries narrowed to them."""
    rows = tuple(
        replace(
            row,
            panels=tuple(
                replace(
                    panel, queries=tuple(replace(each, expr=selecting(each.expr, MATCHER)) for each in panel.queries)
                )
                for panel in row.panels
            ),
        )
        for row in board.rows
    )
    return replace(board, rows=rows, variables=(REGION,))
