"""Elastic Cloud on Kubernetes as this stack installs it."""

import json
from collections.abc import Callable
from pathlib import Path

from infra import charts
from infra.operators.elastic import values
from infra.settings import Settings

MODULES = Path(__file__).parents[3] / "ops/controlplane/operators.json"


def test_the_chart_is_of_the_release_whose_definitions_are_tested() -> None:
    (version,) = [
        each["version"] for each in json.loads(MODULES.read_text()) if each["module"].startswith("github.com/elastic/")
    ]
    assert f"v{charts.ELASTIC.version}" == version


def test_the_operator_looks_after_the_log_systems_namespace_and_reports_to_nobody(
    settings: Callable[..., Settings],
) -> None:
    said = values(settings())
    assert said["managedNamespaces"] == ["logging"]
    assert said["telemetry"] == {"disabled": True}
