"""Where panels stand on Grafana's grid of 24 columns."""

from dataclasses import dataclass

from infra.monitoring.dashboards.model import WIDTH, Board, Panel

HEADING: int = 1
"""Height of a row's title."""


@dataclass(frozen=True)
class Heading:
    """A row's title at line ``y``."""

    title: str
    y: int


@dataclass(frozen=True)
class Placed:
    """A panel at column ``x`` and line ``y``; ``number`` is its identity on the dashboard."""

    panel: Panel
    number: int
    x: int
    y: int


def layout(board: Board) -> list[Heading | Placed]:
    """Panels left to right, and below the tallest where the line is full; each row begins below the one before."""
    found: list[Heading | Placed] = []
    top, number = 0, 0
    for row in board.rows:
        if row.title is not None:
            found.append(Heading(row.title, top))
            top += HEADING
        x, tallest = 0, 0
        for panel in row.panels:
            if x + panel.width > WIDTH:
                x, top, tallest = 0, top + tallest, 0
            number += 1
            found.append(Placed(panel, number, x, top))
            x, tallest = x + panel.width, max(tallest, panel.height)
        top += tallest
    return found
