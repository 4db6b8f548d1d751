"""Grafana's JSON model of a dashboard, by Grafana's own SDK. That costs 0.05 s to import, so import this on use.

A file that Grafana provisions is the dashboard itself: wrapped in ``{"dashboard": …}``, as its HTTP API wants it, no
title is found and Grafana refuses the file.
"""

from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import StackingMode, TimeZoneBrowser
from grafana_foundation_sdk.models.dashboard import DataSourceRef, GridPos, Threshold, VariableOption, VariableRefresh

from infra.monitoring.dashboards.layout import HEADING, Heading, Placed, layout
from infra.monitoring.dashboards.model import WIDTH, Board, Kind, Panel, Variable
from infra.monitoring.names import DATASOURCE

REFRESH: Final = "30s"
SINCE: Final = "now-1h"
HEADINGS: Final = 1000
"""Titles of rows are numbered from here, panels from 1."""
REFERENCES: Final = "ABCDEFGH"
AnyPanel = stat.Panel | timeseries.Panel | heatmap.Panel


def render(board: Board) -> str:
    """JSON of ``board``: the same text for the same board."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.name)
        .tags(list(board.tags))
        .timezone(TimeZoneBrowser)
        .refresh(REFRESH)
        .time(SINCE, "now")
        .readonly()
    )
    for variable in board.variables:
        made.with_variable(_variable(variable))
    for number, each in enumerate(layout(board)):
        match each:
            case Heading():
                place = GridPos(h=HEADING, w=WIDTH, x=0, y=each.y)
                made.with_row(dashboard.Row(each.title).id(HEADINGS + number).grid_pos(place))
            case Placed():
                made.with_panel(_panel(each))
    return JSONEncoder(sort_keys=True, separators=(",", ":")).encode(made.build()) + "\n"


def _variable(variable: Variable) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(variable.name)
        .label(variable.label)
        .datasource(DataSourceRef(type_val="prometheus", uid=DATASOURCE))
        .query(variable.query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(VariableOption(text="All", value="$__all"))
    )


def _panel(placed: Placed) -> AnyPanel:
    panel = placed.panel
    made = _of_kind(panel)
    made.id(placed.number).title(panel.title)
    made.datasource(DataSourceRef(type_val="prometheus", uid=DATASOURCE))
    made.grid_pos(GridPos(h=panel.height, w=panel.width, x=placed.x, y=placed.y))
    for reference, query in zip(REFERENCES, panel.queries, strict=False):
        made.with_target(prometheus.Dataquery().ref_id(reference).expr(query.expr).legend_format(query.legend).range())
    if panel.description is not None:
        made.description(panel.description)
    if panel.unit is not None:
        made.unit(panel.unit)
    if panel.minimum is not None:
        made.min(panel.minimum)
    if panel.maximum is not None:
        made.max(panel.maximum)
    if panel.steps:
        steps = [Threshold(value=step.value, color=step.color) for step in panel.steps]
        made.thresholds(dashboard.ThresholdsConfig().steps(steps))
    return made


def _of_kind(panel: Panel) -> AnyPanel:
    match panel.kind:
        case Kind.STAT:
            return stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        case Kind.HEATMAP:
            # Each series is one line of the map: what is counted is not a distribution to be sorted into buckets.
            return heatmap.Panel().calculate(False)
        case Kind.TIMESERIES:
            made = timeseries.Panel().legend(common.VizLegendOptions().show_legend(True))
            if panel.stacked:
                made.stacking(common.StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(20)
            return made
