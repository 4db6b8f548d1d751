"""MONITORING_ENABLED and RATE_LIMITING_ENABLED switch what they name."""

from collections.abc import Callable
from typing import Any

import pytest

Region = Callable[[dict[str, Any]], list[Any]]
Document = Callable[[], dict[str, Any]]


@pytest.fixture(scope="module")
def quiet(region_of: Region, local_document: Document) -> list[Any]:
    return region_of(local_document() | {"monitoring": {"enabled": "off"}, "rateLimiting": "off"})


def test_without_monitoring_nothing_asks_prometheus_and_nothing_is_scraped(quiet: list[Any]) -> None:
    for each in quiet:
        if each.kind == "ScaledObject":
            assert {trigger["type"] for trigger in each.inputs["spec"]["triggers"]} == {"cpu", "memory"}
        if each.pod is not None:
            assert "prometheus.io/scrape" not in each.pod["metadata"].get("annotations", {})


def test_without_rate_limiting_no_path_is_limited(quiet: list[Any]) -> None:
    annotations = [each.inputs["metadata"]["annotations"] for each in quiet if each.kind == "Ingress"]
    assert annotations
    assert not any("limit-req" in key for found in annotations for key in found)


def test_the_application_is_told(quiet: list[Any]) -> None:
    (data,) = [each.inputs["data"] for each in quiet if each.key[1:] == ("mcp-orchestration", "mcp-global-config")]
    assert (data["MONITORING_ENABLED"], data["RATE_LIMITING_ENABLED"]) == ("false", "false")


def test_probes_of_load_balancers_are_never_limited(prod: list[Any]) -> None:
    probes = [each for each in prod if each.name.endswith(("-ingress-ready", "-ingress-health"))]
    assert len(probes) == 2
    for each in probes:
        assert not any("limit-req" in key for key in each.inputs["metadata"]["annotations"])
        assert each.inputs["spec"]["rules"][0]["http"]["paths"][0]["pathType"] == "Exact"
