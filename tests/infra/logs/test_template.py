"""What the log store is to have."""

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.logging import JsonLines, request_fields
from infra.logs.desired import desired
from infra.logs.fluentd import fluent_conf
from infra.logs.template import index_template
from infra.settings import Settings
from tests.infra.logs.conf import read

Make = Callable[..., Settings]
APP = Path(__file__).parents[3] / "app"


def fields() -> dict[str, Any]:
    return index_template(3)["template"]["mappings"]["properties"]


def extras() -> Iterator[tuple[str, str]]:
    """Where the application logs further fields, and which."""
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
                yield from ((path.name, ast.literal_eval(key)) for key in node.value.keys if key is not None)


def test_every_field_that_the_application_logs_can_be_searched() -> None:
    found = set(extras())
    assert len(found) > 8
    assert not {(path, key) for path, key in found if key not in fields()}


def test_every_field_of_every_line_can_be_searched() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("engine", "replica-1"))
    logger = logging.Logger("app.test")
    logger.addHandler(handler)
    with request_fields(request_id="r", trace_id="t"):
        try:
            raise ValueError
        except ValueError:
            logger.exception("failed")
    assert set(json.loads(stream.getvalue())) <= set(fields())


def test_every_field_that_fluentd_adds_can_be_searched(settings: Make) -> None:
    root = read(fluent_conf(settings()))
    enriching = root.of("label", "@RECORDS").inside
    (record,) = [each.of("record") for each in enriching if each.parameters.get("@id") == "enrich"]
    assert set(record.parameters) | {"@log_name", "stream", "@timestamp"} <= set(fields())


def test_no_line_is_refused_for_a_field_or_a_value_it_brings() -> None:
    template = index_template(3)["template"]
    assert template["mappings"]["dynamic"] is False
    assert template["settings"]["index"]["mapping"]["ignore_malformed"] is True
    # Elasticsearch refuses a data stream whose own time may be malformed.
    assert template["mappings"]["properties"]["@timestamp"]["ignore_malformed"] is False


def test_there_is_a_second_copy_where_there_is_a_second_node() -> None:
    copies = {
        nodes: index_template(nodes)["template"]["settings"]["index"]["number_of_replicas"] for nodes in (1, 2, 3)
    }
    assert copies == {1: 0, 2: 1, 3: 1}


def test_another_template_says_so(settings: Make) -> None:
    def digest(nodes: int) -> str:
        return index_template(nodes)["template"]["mappings"]["_meta"]["digest"]

    assert digest(3) == digest(2) != digest(1)


def test_lines_are_deleted_after_the_days_that_the_settings_say(settings: Make) -> None:
    document = json.loads(desired(settings(retentionDays=7).logging))
    phases = document["policies"]["mcp-logs"]["policy"]["phases"]
    assert phases["delete"] == {"min_age": "7d", "actions": {"delete": {}}}
    assert set(phases) == {"hot", "delete"}, "lines go nowhere else"


def test_stream_template_and_policy_belong_together(settings: Make) -> None:
    document = json.loads(desired(settings().logging))
    template = document["templates"][document["stream"]]
    assert template["index_patterns"] == [document["stream"]]
    assert template["data_stream"] == {}
    assert template["template"]["settings"]["index"]["lifecycle"]["name"] in document["policies"]
