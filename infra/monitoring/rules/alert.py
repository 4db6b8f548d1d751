"""What an alert is, and the rule that prometheus-operator reads."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from infra.monitoring.pace import Pace
from infra.settings import Settings

NAME: Final = re.compile(r"[A-Z][A-Za-z]+")


class Severity(StrEnum):
    """Who is told, and when."""

    WARNING = "warning"
    """Somebody looks in working hours."""
    CRITICAL = "critical"
    """Somebody is woken."""


@dataclass(frozen=True)
class Scope:
    """What rules depend on."""

    settings: Settings
    roles: tuple[str, ...]
    """Ids of the region's roles."""
    jobs: frozenset[str]
    """Jobs that are read: a rule about another one would always or never fire."""

    @property
    def pace(self) -> Pace:
        """How fast alerts see and fire."""
        return Pace(self.settings.monitoring.alert_speed)


@dataclass(frozen=True)
class Alert:
    """One rule.

    Attributes:
        name: of the alert and of its page in ``docs/runbooks``. Two rules of one name differ in severity.
        expr: PromQL; one alert for each series of its result.
        hold: how long it must be so, a Prometheus duration.
        summary: one line, the same for all series.
        description: which one and how much, a template.
        explained_by: alerts that say the cause where they fire too: then this one, their consequence, is not told.
    """

    name: str
    severity: Severity
    expr: str
    hold: str
    summary: str
    description: str
    explained_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of an alert: it names a file, so letters alone")

    def rule(self, runbook_base: str) -> dict[str, Any]:
        """The rule of a PrometheusRule."""
        return {
            "alert": self.name,
            "expr": " ".join(self.expr.split()),
            "for": self.hold,
            "labels": {"severity": self.severity.value},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{runbook_base.rstrip('/')}/{self.name}.md",
            },
        }
