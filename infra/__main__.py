"""The program of a region's stack: settings in, region out."""

import pulumi
import pulumi_random

from infra.catalogue import read_catalogue
from infra.clusters.existing import kubernetes_provider
from infra.components.protection import Protection, ProtectionArgs, locked
from infra.configuration import read_settings
from infra.options import with_providers
from infra.region import Region, RegionArgs
from infra.settings import check_roles

settings = read_settings()
catalogue = read_catalogue(settings.roles_directory)
check_roles(settings, tuple(file.role.id for file in catalogue.roles))
region = Region(
    settings.region,
    RegionArgs(settings=settings, catalogue=catalogue),
    with_providers([kubernetes_provider(settings.cluster), pulumi_random.Provider("random")]),
)
Protection("protection", ProtectionArgs(settings.protection), locked(settings.protection, region))
for name, value in region.exports.exported().items():
    pulumi.export(name, value)
