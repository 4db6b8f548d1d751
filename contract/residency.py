"""Residency zones: data, backups, logs and failover never leave theirs."""

import re
from enum import StrEnum
from typing import Final


class Zone(StrEnum):
    """A residency zone of the platform, or a place that is in none of them."""

    US = "us"
    EU = "eu"
    ELSEWHERE = "elsewhere"


PLACES: Final = {"us": Zone.US, "nam": Zone.US, "eu": Zone.EU, "eur": Zone.EU, "europe": Zone.EU}
"""Zone by the first word of a region, or by the name of a multi-region without its number (``EU``, ``NAM4``)."""
MULTI_REGIONS: Final = frozenset({"us", "eu", "asia", "nam", "eur"})
_AREA: Final = "(?:us|eu|europe|ap|asia|ca|sa|me|af|il|mx|cn|northamerica|southamerica|australia|africa)"
_SIDE: Final = "(?:north|south|east|west|central|northeast|southeast|northwest|southwest)"
REGION: Final = re.compile(rf"(?<![a-z0-9]){_AREA}-(?:gov-|iso[a-z]?-)?{_SIDE}-?[0-9]{{1,2}}(?![0-9])")
"""A region of AWS (``eu-west-1``) or GCP (``europe-west1``), also as the beginning of an availability zone."""


def zones_in(text: str) -> dict[str, Zone]:
    """Region -> zone, for each cloud region that ``text`` names; a bare multi-region (``EU``, ``NAM4``) counts too.

    On-premises names are not cloud regions and do not count.
    """
    bare = text.lower().rstrip("0123456789")
    if bare in MULTI_REGIONS:
        return {text: PLACES.get(bare, Zone.ELSEWHERE)}
    found = REGION.findall(text.lower())
    return {region: PLACES.get(region.split("-")[0], Zone.ELSEWHERE) for region in found}
