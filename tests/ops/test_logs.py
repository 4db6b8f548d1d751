"""``mcp-ops logs bootstrap`` against a stand-in for Elasticsearch: what it asks, in which order, and when again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

import ops.log_store
from infra.logs.desired import desired
from infra.settings import parse
from ops.cli import main
from ops.controlplane.certificates import Certificates, ensure_certificates
from tests.ops.elastic_double import Elastic, serving

STACK = Path(__file__).parents[2] / "Pulumi.prod.yaml"


@dataclass
class Run:
    """Runs the command against one store."""

    elastic: Elastic
    address: str
    certificates: Certificates
    directory: Path

    def __call__(self, nodes: int = 3, password: str = "right\n", patience: float = 0, **files: str) -> Result:  # noqa: S107
        document = yaml.safe_load(STACK.read_text(encoding="utf-8"))["config"]["mcp:settings"]
        wanted = desired(parse(document | {"logging": {"nodes": nodes}}).logging)
        for name, text in {"password": password, "desired.json": wanted, **files}.items():
            (self.directory / name).write_text(text, encoding="utf-8")
        options = {
            "--store": self.address,
            "--ca-file": str(self.directory / "ca.crt" if "ca.crt" in files else self.certificates.authority),
            "--user": "log_bootstrap",
            "--password-file": str(self.directory / "password"),
            "--desired": str(self.directory / "desired.json"),
            "--patience": str(patience),
        }
        return CliRunner().invoke(main, ["logs", "bootstrap", *(part for each in options.items() for part in each)])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(ops.log_store, "PAUSE_SECONDS", 0.01)
    certificates = ensure_certificates(tmp_path / "tls")
    elastic = Elastic()
    with serving(elastic, certificates.server.certificate, certificates.server.key) as address:
        yield Run(elastic, address, certificates, tmp_path)


def test_policy_and_template_are_there_before_the_stream_is_made(run: Run) -> None:
    done = run()
    assert done.exit_code == 0, done.output
    assert run.elastic.asked == [
        "PUT /_ilm/policy/mcp-logs",
        "PUT /_index_template/mcp-logs",
        "GET /_data_stream/mcp-logs",
        "PUT /_data_stream/mcp-logs",
    ]
    assert run.elastic.policies["mcp-logs"]["phases"]["delete"]["min_age"] == "30d"
    assert len(run.elastic.indices) == 1


def test_a_second_run_changes_nothing(run: Run) -> None:
    run()
    before = len(run.elastic.asked)
    assert run().exit_code == 0
    assert run.elastic.asked[before + 2 :] == ["GET /_data_stream/mcp-logs", "GET /.ds-mcp-logs-000001/_mapping"]
    assert len(run.elastic.indices) == 1


def test_another_template_goes_on_in_another_index_once(run: Run) -> None:
    run(nodes=3)
    run(nodes=1)
    assert len(run.elastic.indices) == 2
    run(nodes=1)
    assert len(run.elastic.indices) == 2


def test_a_run_that_broke_before_the_rollover_is_made_good_by_the_next(run: Run) -> None:
    run(nodes=3)
    run.elastic.templates["mcp-logs"] = json.loads(desired_of_one_node())["templates"]["mcp-logs"]
    run(nodes=1)
    assert len(run.elastic.indices) == 2


def desired_of_one_node() -> str:
    document: dict[str, Any] = yaml.safe_load(STACK.read_text(encoding="utf-8"))["config"]["mcp:settings"]
    return desired(parse(document | {"logging": {"nodes": 1}}).logging)


def test_a_store_that_starts_is_waited_for(run: Run) -> None:
    run.elastic.unready = 5
    assert run(patience=20).exit_code == 0


def test_a_store_that_never_gets_ready_is_told_with_what_it_said(run: Run) -> None:
    run.elastic.unready = 10_000
    done = run(patience=0.1)
    assert done.exit_code == 3
    assert "unavailable_exception: starting" in done.output


def test_a_wrong_password_is_told_and_not_shown(run: Run) -> None:
    done = run(password="wrong-one")
    assert done.exit_code == 3
    assert "401: security_exception" in done.output
    assert "wrong-one" not in done.output


def test_a_store_with_another_authoritys_certificate_is_sent_no_password(run: Run, tmp_path: Path) -> None:
    another = ensure_certificates(tmp_path / "another").authority.read_text(encoding="utf-8")
    done = run(**{"ca.crt": another})
    assert done.exit_code == 3
    assert "certificate verify failed" in done.output.lower()
    assert run.elastic.asked == []


def test_an_index_in_the_streams_place_is_told(run: Run) -> None:
    run.elastic.index_in_the_way = True
    done = run()
    assert done.exit_code == 1
    assert "PUT /_data_stream/mcp-logs" in done.output
    assert "conflicts with index" in done.output


def test_a_document_that_is_none_is_refused_before_anything_is_asked(run: Run) -> None:
    done = run(**{"desired.json": '{"stream": "mcp-logs", "policy": {}}'})
    assert done.exit_code == 2
    assert run.elastic.asked == []
