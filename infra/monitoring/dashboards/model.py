"""A dashboard as data: rows of panels, each with PromQL queries."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WIDTH: Final = 24
"""Columns of Grafana's grid."""


class Kind(StrEnum):
    """Panel types, as Grafana names them."""

    STAT = "stat"
    TIMESERIES = "timeseries"
    HEATMAP = "heatmap"


@dataclass(frozen=True)
class Query:
    """``legend`` is a template: ``{{ label }}`` becomes the label's value."""

    expr: str
    legend: str


@dataclass(frozen=True)
class Step:
    """From ``value`` upwards the panel is in ``color``."""

    color: str
    value: float


@dataclass(frozen=True)
class Panel:
    """One panel; ``unit`` is one of Grafana's (``s``, ``percentunit``, ``bytes``), bounds and steps are in it."""

    title: str
    queries: tuple[Query, ...]
    kind: Kind = Kind.TIMESERIES
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    steps: tuple[Step, ...] = ()
    description: str | None = None
    width: int = 12
    height: int = 8
    stacked: bool = False


@dataclass(frozen=True)
class Row:
    """A title over panels; without one they have no heading."""

    title: str | None
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Variable:
    """Something that whoever looks chooses, one or several or all: values of ``query``, a query of the data source."""

    name: str
    label: str
    query: str


@dataclass(frozen=True)
class Board:
    """One dashboard.

    Attributes:
        name: of its ConfigMap and file, and its identity in Grafana.
        title: what people see.
        tags: what people search for.
        rows: top to bottom.
        variables: choices above the panels; a query names one by ``$name``.
    """

    name: str
    title: str
    tags: tuple[str, ...]
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, top to bottom."""
        return tuple(panel for row in self.rows for panel in row.panels)


def limits(warning: float, critical: float) -> tuple[Step, ...]:
    """Green, yellow from ``warning``, red from ``critical``; the other way round where less is worse."""
    if warning <= critical:
        return (Step("green", 0), Step("yellow", warning), Step("red", critical))
    return (Step("red", 0), Step("yellow", critical), Step("green", warning))
