"""What a rule asks for against what somebody shows: metrics, and the labels that it selects or groups by."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from prometheus_client.parser import text_string_to_metric_families

from infra.monitoring.metrics import TARGET
from tests.infra.monitoring.promql import names

MADE = frozenset({"member"})
"""Labels that rules make themselves."""


def read(text: str, *added: str) -> dict[str, set[str]]:
    """Metric -> labels of an exposition, with those that scraping adds to each."""
    shown: dict[str, set[str]] = {"up": {*TARGET, *added}}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            shown.setdefault(sample.name, {*TARGET, *added}).update(sample.labels)
    return shown


def missing(expr: str, shown: Mapping[str, AbstractSet[str]]) -> set[str]:
    """What ``expr`` asks for and nobody shows."""
    asked = names(expr)
    lacking = {metric for metric in asked.metrics if metric not in shown}
    lacking |= {
        f"{metric}{{{label}}}" for metric, label in asked.matched if metric in shown and label not in shown[metric]
    }
    everything = {label for metric in asked.metrics & shown.keys() for label in shown[metric]}
    return lacking | (asked.grouped - everything - MADE)
