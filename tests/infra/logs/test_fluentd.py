"""The configuration reads, uses what the plugins have, and is the specification's.

Fluentd itself is not run here: its gems are in none of the registries that tests may use. What the regular
expressions make of lines is shown with Python's own, which agree with Ruby's on everything they use.
"""

import io
import json
import logging
import re
from collections.abc import Callable

import pytest

from app.logging import JsonLines
from infra.logs.fluentd import CRI_LINE, FILE_NAME, STATE, fluent_conf
from infra.settings import Settings
from tests.infra.logs.conf import Section, read
from tests.infra.logs.plugins import COMMON, PARAMETERS

Make = Callable[..., Settings]
FORWARDED = {"forward": "logs.example.com"}
PIECE = 16384
"""Bytes after which containerd cuts a line."""


def compiled(expression: str) -> re.Pattern[str]:
    """A Ruby expression between slashes; its named groups are written otherwise there."""
    return re.compile(expression.strip("/").replace("(?<", "(?P<").replace(r"\/", "/"))


def configuration(settings: Settings) -> Section:
    return read(fluent_conf(settings))


@pytest.mark.parametrize("logging", [{}, FORWARDED])
def test_every_plugin_gets_only_parameters_that_it_has(settings: Make, logging: dict[str, str]) -> None:
    sections = [each for each in configuration(settings(**logging)).all() if "@type" in each.parameters]
    assert len(sections) > 15
    for section in sections:
        known = PARAMETERS[section.name, section.parameters["@type"]]
        assert set(section.parameters) <= known | COMMON, section


@pytest.mark.parametrize("logging", [{}, FORWARDED])
def test_every_label_that_is_named_exists_and_no_plugin_shares_its_name(
    settings: Make, logging: dict[str, str]
) -> None:
    root = configuration(settings(**logging))
    named = {
        value
        for each in root.all()
        for key, value in each.parameters.items()
        if key in ("@label", "timeout_label") and each.name != "label"
    }
    labels = [each.argument for each in root.inside if each.name == "label"]
    assert named | {"@ERROR", "@FLUENT_LOG"} == set(labels)
    identities = [each.parameters["@id"] for each in root.all() if "@id" in each.parameters]
    assert len(set(identities)) == len(identities) >= 15


def test_the_specifications_sources_have_its_tags_and_keep_their_position_on_the_node(settings: Make) -> None:
    tails = {
        each.parameters["tag"]: each.parameters
        for each in configuration(settings()).inside
        if each.parameters.get("@type") == "tail"
    }
    assert {tag: each["path"] for tag, each in tails.items()} == {
        "mcp.orchestration": "/var/log/containers/orchestration-engine*.log",
        "mcp.agents": "/var/log/containers/*mcp-agents*.log",
    }
    assert all(each["pos_file"].startswith(f"{STATE}/") for each in tails.values())
    assert tails["mcp.agents"]["pos_file"].endswith("fluentd-agents.log.pos")


def test_the_store_and_its_buffer_are_the_specifications(settings: Make) -> None:
    store = configuration(settings(buffer="1Gi")).of("label", "@STORE").of("match")
    assert store.parameters.items() >= {
        ("host", "elasticsearch.logging.svc.cluster.local"),
        ("port", "9200"),
        ("index_name", "mcp-logs"),
        ("include_tag_key", "true"),
        ("tag_key", "@log_name"),
    }
    assert "type_name" not in store.parameters
    assert store.of("buffer").parameters.items() >= {
        ("flush_interval", "10s"),
        ("chunk_limit_size", "8m"),
        ("flush_thread_count", "4"),
        ("total_limit_size", str(1024**3)),
        ("@type", "file"),
    }


def test_nothing_is_lost_while_the_store_takes_nothing(settings: Make) -> None:
    store = configuration(settings()).of("label", "@STORE").of("match")
    assert store.of("buffer").parameters.items() >= {("retry_forever", "true"), ("overflow_action", "block")}
    # The plugin's own list holds es_rejected_execution_exception: a busy store would lose a chunk.
    assert "rejected" not in store.parameters["unrecoverable_error_types"]


def test_a_line_keeps_one_identity_over_retries_and_the_document_keeps_it(settings: Make) -> None:
    root = configuration(settings())
    (genid,) = [each for each in root.all() if each.parameters.get("@type") == "elasticsearch_genid"]
    store = root.of("label", "@STORE").of("match")
    assert store.parameters["id_key"] == genid.parameters["hash_id_key"]
    assert store.parameters["write_operation"] == "create"
    # With it the plugin passes over what the store refused or postponed, since that has lost its identity.
    assert "remove_keys" not in store.parameters
    assert genid in root.of("label", "@RECORDS").inside, "a line that is sent again must not pass it again"


def test_no_password_is_in_the_configuration(settings: Make) -> None:
    for each in configuration(settings(**FORWARDED)).all():
        if password := each.parameters.get("password"):
            assert re.fullmatch(r"\"#\{File\.read\('/fluentd/secrets/[a-z]+/password'\)\.strip\}\"", password)


def test_logs_leave_the_region_only_where_the_settings_name_a_host(settings: Make) -> None:
    def hosts(made: Settings) -> dict[str, str]:
        stores = [each for each in configuration(made).all() if each.parameters.get("@type") == "elasticsearch"]
        return {each.parameters["host"]: each.parameters["scheme"] for each in stores}

    own = {"elasticsearch.logging.svc.cluster.local": "https"}
    assert hosts(settings()) == own
    assert hosts(settings(**FORWARDED)) == own | {"logs.example.com": "https"}


def test_in_the_central_store_a_region_is_a_user_of_its_own(settings: Make) -> None:
    root = configuration(settings(**FORWARDED))
    own, central = (root.of("label", name).of("match").parameters["user"] for name in ("@STORE", "@CENTRAL"))
    assert (own, central) == ("fluentd_writer", settings().region)


def test_a_central_store_that_takes_nothing_does_not_hold_up_the_regions_own(settings: Make) -> None:
    root = configuration(settings(**FORWARDED, buffer="1Gi"))
    own, central = (root.of("label", name).of("match").of("buffer").parameters for name in ("@STORE", "@CENTRAL"))
    assert (own["overflow_action"], central["overflow_action"]) == ("block", "drop_oldest_chunk")
    assert own["path"] != central["path"]
    assert int(own["total_limit_size"]) + int(central["total_limit_size"]) <= 1024**3


def test_pieces_are_put_together_before_json_is_read(settings: Make) -> None:
    root = configuration(settings())
    order = [each.parameters["@type"] for each in root.of("label", "@LINES").inside]
    assert order == ["record_transformer", "concat", "relabel"]
    first = [each.parameters["@type"] for each in root.of("label", "@RECORDS").inside]
    assert first.index("parser") < first.index("elasticsearch_genid") < first.index("relabel")


def written(*messages: str) -> list[str]:
    """Lines of the application's log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("engine", "replica-1"))
    logger = logging.Logger("app.test")
    logger.addHandler(handler)
    for message in messages:
        logger.info(message, extra={"workflow": "w", "seconds": 1.5})
    return stream.getvalue().splitlines()


def test_the_applications_lines_come_out_of_the_runtimes_as_they_went_in() -> None:
    cri = compiled(CRI_LINE)
    for line in written("plain", 'quotes " and\nnewlines', "x" * 3 * PIECE, "ümlaut  two spaces"):
        pieces = [line[start : start + PIECE] for start in range(0, len(line), PIECE)]
        read_back: list[re.Match[str]] = []
        for number, piece in enumerate(pieces):
            last = "F" if number == len(pieces) - 1 else "P"
            found = cri.match(f"2026-11-25T02:56:02.941304123+02:00 stdout {last} {piece}")
            assert found is not None
            read_back.append(found)
        assert [each["logtag"] for each in read_back] == ["P"] * (len(pieces) - 1) + ["F"]
        assert json.loads("".join(each["log"] for each in read_back)) == json.loads(line)


@pytest.mark.parametrize("line", ["", " leading", "Traceback (most recent call last):", "a F b"])
def test_text_that_is_no_json_is_read_whole(line: str) -> None:
    found = compiled(CRI_LINE).match(f"2026-11-25T02:56:02.9Z stderr F {line}")
    assert found is not None
    assert (found["stream"], found["logtag"], found["log"]) == ("stderr", "F", line)


def test_a_files_name_says_pod_namespace_and_container() -> None:
    name = f"/var/log/containers/orchestration-engine-7d9f-x2k_mcp-orchestration_orchestration-engine-{'0a' * 32}.log"
    found = compiled(FILE_NAME).search(name)
    assert found is not None
    assert found.groups() == ("orchestration-engine-7d9f-x2k", "mcp-orchestration", "orchestration-engine")


def test_a_value_that_would_break_its_line_is_refused() -> None:
    from infra.logs.directives import Directive, render

    with pytest.raises(ValueError, match="no line of a configuration"):
        render(Directive("source", parameters={"path": "a\nb"}))
