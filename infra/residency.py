"""Residency zones: data, backups, logs and failover never leave theirs."""

from enum import StrEnum
from typing import Final


class Residency(StrEnum):
    """A zone."""

    US = "us"
    EU = "eu"


ZONES: Final = {"us-": Residency.US, "eu-": Residency.EU, "europe-": Residency.EU}
"""Zone by the beginning of a cloud region's name; other names (on-premises) are taken as declared."""


def zone_of(region: str) -> Residency | None:
    """Residency zone of a cloud region, or None where its name does not say."""
    return next((zone for prefix, zone in ZONES.items() if region.startswith(prefix)), None)
