"""Residency zones as a setting: data, backups, logs and failover never leave theirs."""

from enum import StrEnum

from contract.residency import Zone, zones_in


class Residency(StrEnum):
    """A zone that a region can be declared in."""

    US = "us"
    EU = "eu"


def zone_of(region: str) -> Zone | None:
    """Zone of a cloud region, or None where its name does not say (on-premises), so that it is taken as declared."""
    return zones_in(region).get(region)
