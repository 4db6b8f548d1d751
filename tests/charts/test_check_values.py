"""With the real Helm, on charts written here."""

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.chart import Chart, RenderError, render
from tests.charts.check_values import main
from tests.charts.known import check

TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  size: {{ .Values.server.size | quote }}
  hidden: {{ .Values.server.hidden | default "no" | quote }}
  {{- $server := .Values.server }}
  aliased: {{ $server.aliased | default "no" | quote }}
  {{- with .Values.server.labels }}
  labels: {{ toYaml . | quote }}
  {{- end }}
"""
DEFAULTS = """
server:
  size: 1
  labels: {team: a}
  free: {}
"""
SCHEMA = """
{"type": "object", "properties": {"server": {"type": "object", "properties": {
  "size": {"type": "integer"}, "described": {"$ref": "#/definitions/described"},
  "security": {"$ref": "https://example.invalid/definitions.json#/definitions/SecurityContext"}}}},
 "definitions": {"described": {"type": "object", "properties": {"inside": {"type": "string"}}}}}
"""


def written(folder: Path, name: str, files: Mapping[str, str], **about: Any) -> Path:
    (folder / "templates").mkdir(parents=True)
    header = {"apiVersion": "v2", "name": name, "version": "1.0.0"} | about
    (folder / "Chart.yaml").write_text(yaml.safe_dump(header), encoding="utf-8")
    for file, text in files.items():
        (folder / file).write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return Chart(written(tmp_path / "chart", "tiny", {"templates/map.yaml": TEMPLATE, "values.yaml": DEFAULTS}))


@pytest.fixture
def parent(tmp_path: Path) -> Callable[..., Chart]:
    dependencies = [{"name": "below", "version": "1.x", "repository": "https://example.invalid", "alias": "other"}]
    dependencies[0]["condition"] = "other.enabled"
    below = written(tmp_path / "below", "below", {"templates/map.yaml": TEMPLATE, "values.yaml": DEFAULTS})
    folder = written(tmp_path / "parent", "parent", {"values.yaml": "here: 1"}, dependencies=dependencies)
    return lambda known: Chart(folder, {"other": below} if known else {})


@pytest.mark.parametrize(
    "values",
    [
        {"server": {"size": 2}},
        {"server": {"hidden": "yes"}},
        {"server": {"labels": {"another": "b"}}},
        {"server": {"free": {"anything": {"at": "all"}}}},
    ],
    ids=["a default", "named by a template", "in a map put out whole", "below an empty default"],
)
def test_a_key_that_the_chart_reads_is_known(chart: Chart, values: dict[str, Any]) -> None:
    assert check(chart, values).unknown == []


def test_a_key_that_changes_what_is_rendered_is_known_even_if_no_text_names_it(chart: Chart) -> None:
    assert check(chart, {"server": {"aliased": "yes"}}).unknown == []


def test_a_misspelt_key_is_found_at_every_depth(chart: Chart) -> None:
    values = {"sever": {"size": 2}, "server": {"sise": 2, "size": 3}}
    assert check(chart, values).unknown == ["server.sise", "sever"]


def test_keys_of_a_schema_are_known_and_others_beside_them_are_not(chart: Chart) -> None:
    (chart.folder / "values.schema.json").write_text(SCHEMA, encoding="utf-8")
    values = {"server": {"described": {"inside": "a", "insid": "b"}, "security": {"runAsUser": 1}}}
    assert check(chart, values).unknown == ["server.described.insid"]


def test_values_that_the_schema_refuses_are_refused(chart: Chart) -> None:
    (chart.folder / "values.schema.json").write_text(SCHEMA, encoding="utf-8")
    with pytest.raises(RenderError, match="size"):
        check(chart, {"server": {"size": "large"}})


def test_keys_of_a_subchart_are_judged_by_the_subchart(parent: Callable[..., Chart]) -> None:
    values = {"here": 2, "other": {"enabled": True, "server": {"size": 2, "sise": 2}}}
    verdict = check(parent(known=True), values)
    assert (verdict.unknown, verdict.unchecked) == (["other.server.sise"], [])


def test_keys_of_an_absent_subchart_are_told_as_unchecked(parent: Callable[..., Chart]) -> None:
    verdict = check(parent(known=False), {"other": {"enabled": True, "server": {"sise": 2}}})
    assert (verdict.unknown, verdict.unchecked) == ([], ["other.server"])


def test_a_subchart_given_by_folder_is_rendered(parent: Callable[..., Chart]) -> None:
    (made,) = render(parent(known=True), {"other": {"server": {"size": 7}}})
    assert made["data"]["size"] == "7"


def test_the_command_names_unknown_keys_and_fails(
    chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = tmp_path / "values.yaml"
    values.write_text("server: {sise: 2}", encoding="utf-8")
    assert main([str(chart.folder), str(values)]) == 1
    assert "unknown: server.sise" in capsys.readouterr().out
    values.write_text("server: {size: 2}", encoding="utf-8")
    assert main([str(chart.folder), str(values)]) == 0
    assert capsys.readouterr().out == ""
