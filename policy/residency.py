"""Nothing crosses a residency zone: no resource, replica, backup, log or metric."""

from collections.abc import Iterator
from typing import Final

from contract.residency import Zone, zones_in
from policy.resources import Item, strings
from policy.rules import Breach, StackRule
from policy.stack import Stack

GLOBAL: Final = ("aws:acm/", "aws:cloudfront/", "aws:globalaccelerator/", "aws:iam/", "aws:route53/", "aws:wafv2/")
"""Services without data of tenants whose API lives in one region for the whole world."""
PLACES: Final = frozenset(
    {
        *("region", "regionname", "destinationregion", "backupregion", "replicaregion", "availabilityzone", "zone"),
        *(
            "location",
            "datalocations",
            "nodelocations",
            "bucket",
            "bucketprefix",
            "backupbucket",
            "destinationpath",
            "endpointurl",
        ),
        *("endpoint", "s3endpoint", "destination", "domain", "storagelocation"),
    }
)
"""Keys, in lower case and without separators, whose value says where something is or goes."""
SENDS: Final = frozenset({"remotewrite", "replication", "externalclusters", "snapshot", "snapshots", "repositories"})
"""Keys below which every address counts."""
NAMES: Final = frozenset({"hosts", "host", "url", "urls", "name"})


def nothing_leaves_its_residency_zone(stack: Stack) -> Iterator[Breach]:
    """Data, backups, logs and metrics stay in the stack's residency zone, and so do the resources that hold them."""
    home = stack.residency
    if home is None:
        return
    for item in stack.items:
        for where, region, zone in _places(item):
            if zone is not home:
                place = "in no residency zone of the platform" if zone is Zone.ELSEWHERE else f"in zone {zone}"
                yield item, f"{item.name} names {region} in {where}, {place}: choose a region of zone {home}"


def _places(item: Item) -> Iterator[tuple[str, str, Zone]]:
    package = item.type.partition(":")[0]
    if package not in ("kubernetes", "aws", "gcp") or item.type.startswith(GLOBAL):
        return
    own = {"region", "location", "zone"} & set(item.properties)
    if package != "kubernetes" and not own:
        for region, zone in zones_in(item.provider.region).items():
            yield "its provider's region", region, zone
    for path, value in strings(item.properties):
        if path[:1] != ("status",) and _says_where(path):
            for region, zone in zones_in(value).items():
                yield ".".join(path), region, zone


def _says_where(path: tuple[str, ...]) -> bool:
    keys = [key.lower().replace("_", "").replace("-", "") for key in path]
    return keys[-1] in PLACES or (keys[-1] in PLACES | NAMES and bool(SENDS & set(keys[:-1])))


RESIDENCY_RULES: Final = (
    StackRule(
        "nothing-leaves-its-residency-zone",
        nothing_leaves_its_residency_zone,
        "Choose a region of the stack's own zone, for the resource and for every bucket, replica, endpoint and address "
        "that it sends to.",
        exemptable=False,
    ),
)
