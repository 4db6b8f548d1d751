"""Every dashboard is a file that Grafana takes: its JSON model as its SDK writes it. Grafana itself is not run here."""

import itertools
from typing import Any

from infra.monitoring.dashboards.model import Board
from infra.monitoring.metrics import known
from infra.monitoring.names import DATASOURCE
from tests.infra.monitoring.promql import names


def panels(file: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in file["panels"] if each["type"] != "row"]


def test_a_file_is_the_dashboard_itself(files: dict[str, dict[str, Any]]) -> None:
    for name, file in files.items():
        assert "dashboard" not in file, "Grafana finds no title in a wrapped one"
        assert file["title"]
        assert file["uid"] == name
        assert len(name) <= 40, "Grafana refuses longer identities"
        assert file["schemaVersion"] >= 36


def test_no_two_dashboards_have_one_title(files: dict[str, dict[str, Any]]) -> None:
    titles = [file["title"] for file in files.values()]
    assert len(titles) == len(set(titles))


def test_every_panel_has_an_identity_of_its_own(files: dict[str, dict[str, Any]]) -> None:
    for name, file in files.items():
        identities = [each["id"] for each in file["panels"]]
        assert len(identities) == len(set(identities)), name
        for panel in panels(file):
            references = [target["refId"] for target in panel["targets"]]
            assert len(references) == len(set(references)), (name, panel["title"])


def test_every_panel_asks_prometheus(files: dict[str, dict[str, Any]]) -> None:
    for name, file in files.items():
        for panel in panels(file):
            assert panel["datasource"] == {"type": "prometheus", "uid": DATASOURCE}, (name, panel["title"])
            assert panel["targets"], (name, panel["title"])
            assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


def test_no_panel_covers_another_or_leaves_the_grid(files: dict[str, dict[str, Any]]) -> None:
    for name, file in files.items():
        cells = [
            (x, y)
            for place in (each["gridPos"] for each in file["panels"])
            for x, y in itertools.product(
                range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
            )
        ]
        assert len(cells) == len(set(cells)), name
        assert max(x for x, _ in cells) < 24, name


def test_steps_rise(files: dict[str, dict[str, Any]]) -> None:
    for name, file in files.items():
        for panel in panels(file):
            steps = panel.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}).get("steps", [])
            values = [step["value"] for step in steps]
            assert values == sorted(values), (name, panel["title"])


def test_every_metric_and_label_that_a_panel_names_exists(all_boards: tuple[Board, ...]) -> None:
    table = known()
    for board in all_boards:
        for panel in board.panels:
            for query in panel.queries:
                found = names(query.expr)
                where = (board.name, panel.title, query.expr)
                assert found.metrics <= set(table), where
                for metric, label in found.matched:
                    assert label in table[metric], (where, label)
                assert found.grouped <= {label for metric in found.metrics for label in table[metric]}, where


def test_a_legend_names_only_labels_that_are_left(all_boards: tuple[Board, ...]) -> None:
    for board in all_boards:
        for panel in board.panels:
            for query in panel.queries:
                named = {part.split("}}")[0].strip() for part in query.legend.split("{{")[1:]}
                assert named <= names(query.expr).grouped, (board.name, panel.title)


def test_there_is_a_row_for_each_role_and_a_dashboard_for_each_system(
    files: dict[str, dict[str, Any]], roles: tuple[str, ...]
) -> None:
    rows = [each["title"] for each in files["mcp-agents"]["panels"] if each["type"] == "row"]
    assert rows[1:] == list(roles)
    assert set(files) == {
        "mcp-orchestration-dashboard",
        *("mcp-engine", "mcp-agents", "mcp-database", "mcp-cache", "mcp-ingress"),
        *("mcp-logging", "mcp-backup", "mcp-autoscaling", "mcp-certificates"),
    }
