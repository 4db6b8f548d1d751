"""A scenario's course as ``promtool test rules`` reads it: below the threshold, above it, and below again."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

STEP = 15
"""Seconds between two samples and between two evaluations, as in production."""
MARGIN = 300
"""Seconds that each phase lasts longer than what it needs."""
GONE = None
"""No sample: the series ends."""


class Kind(Enum):
    """What a series does between two steps."""

    GAUGE = "a value"
    COUNTER = "so much more each second"
    CLOCK = "the time, and so many seconds"


@dataclass(frozen=True)
class Series:
    """One series; ``quiet`` and ``loud`` are what it does while its alert must not and must fire."""

    selector: str
    quiet: float | None
    loud: float | None
    kind: Kind = Kind.GAUGE

    def values(self, lengths: tuple[int, int, int]) -> str:
        """Samples of the three phases; ``lengths`` in steps."""
        samples: list[str] = []
        total = 0.0
        for number, length in enumerate(lengths):
            value = self.loud if number == 1 else self.quiet
            for step in range(length):
                if value is GONE:
                    samples.append("stale" if step == 0 and samples else "_")
                elif self.kind is Kind.COUNTER:
                    total += value * STEP
                    samples.append(f"{total:.10g}")
                else:
                    time = len(samples) * STEP if self.kind is Kind.CLOCK else 0
                    samples.append(f"{time + value:.12g}")
        return " ".join(samples)


@dataclass(frozen=True)
class Scenario:
    """How an alert comes and goes.

    Attributes:
        window: seconds until a rate has forgotten what was before; 0 where the rule looks at now.
        labels: of the alert, beside its name and severity.
        says: its description.
    """

    alert: str
    series: tuple[Series, ...]
    says: str
    labels: dict[str, str]
    severity: str = "warning"
    window: int = 0


def course(scenario: Scenario, rule: dict[str, Any], rule_file: str) -> dict[str, Any]:
    """Quiet for long enough, not before ``for`` is over, firing in the end, and gone once it is quiet again."""
    hold = seconds(rule["for"])
    phases = [(scenario.window + hold + MARGIN) // STEP, (scenario.window + hold + MARGIN) // STEP, 0]
    phases[2] = phases[0]
    begins, ends = phases[0] * STEP, (phases[0] + phases[1]) * STEP
    told = {
        "exp_labels": {"severity": scenario.severity, **scenario.labels},
        "exp_annotations": rule["annotations"] | {"description": scenario.says},
    }
    lengths = (phases[0], phases[1], phases[2])
    return {
        "rule_files": [rule_file],
        "evaluation_interval": f"{STEP}s",
        "tests": [
            {
                "name": scenario.alert,
                "interval": f"{STEP}s",
                "input_series": [{"series": each.selector, "values": each.values(lengths)} for each in scenario.series],
                "alert_rule_test": [
                    _expect(scenario.alert, begins - STEP, []),
                    _expect(scenario.alert, begins + hold - STEP, []),
                    _expect(scenario.alert, ends - STEP, [told]),
                    _expect(scenario.alert, ends + scenario.window + STEP, []),
                ],
            }
        ],
    }


def _expect(alert: str, second: int, alerts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"eval_time": f"{second}s", "alertname": alert, "exp_alerts": alerts}


def seconds(duration: str) -> int:
    """``5m`` -> 300."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[duration[-1]]
