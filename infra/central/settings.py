"""``mcp:settings`` of a dedicated monitoring stack (``kind: monitoring``): one for each residency zone.

Sections are those of a region; a key that only a region reads is refused, so that nothing seems to be set that is not.
"""

from typing import Any, Final, Literal, cast

from pydantic import Field, ValidationError, model_validator

from infra.faults import Fault, SettingsError, describe
from infra.sections.cluster import Operator, Presence
from infra.sections.section import RegionName
from infra.stack_settings import KEY, Kind, StackSettings, filled

RUNS: Final = (Operator.CERT_MANAGER, Operator.INGRESS_NGINX, Operator.PROMETHEUS, Operator.ELASTIC)
"""Operators of such a stack; it has no use for the others."""
DEFAULTS: Final[dict[str, Any]] = {
    "cluster": {"operators": {each.value: Presence.NONE.value for each in Operator if each not in RUNS}},
    # Nothing here measures pods for an autoscaler.
    "ingress": {"replicas": {"min": 2, "max": 2}},
    "monitoring": {"replicas": 2, "retentionDays": 90, "storage": "500Gi"},
    "logging": {"nodes": 3, "retentionDays": 90, "storage": "500Gi"},
}
"""What such a stack has where its file leaves it out: longer memory than a region's, and room for it."""


class ObservatorySettings(StackSettings):
    """The dedicated monitoring stack of one residency zone; ``metrics.`` and ``logs.`` of its domain take what is sent.

    What its file leaves out of the sections is what a region has, but for :data:`DEFAULTS`.
    """

    kind: Literal[Kind.MONITORING]
    """What the stack is."""
    senders: tuple[RegionName, ...] = Field(min_length=1, max_length=20)
    """Regions that send metrics and logs here; each has logins of its own. All lie in ``residency``."""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, document: object) -> object:
        return filled(DEFAULTS, cast("dict[str, Any]", document)) if isinstance(document, dict) else document


def parse_observatory(document: dict[str, Any]) -> ObservatorySettings:
    """Settings from the parsed object. Raises :class:`SettingsError` with every fault."""
    from infra.central.contradictions import contradictions

    try:
        settings = ObservatorySettings.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        raise SettingsError(describe(error, ObservatorySettings, KEY)) from error
    faults = [Fault(f"{KEY}.{each.key}", each.value, each.reason) for each in contradictions(settings)]
    if faults:
        raise SettingsError(faults)
    return settings
