"""From a stack's settings to its region. A refusal ends the program with its sentence and without a stack trace."""

import pulumi
import pulumi_kubernetes
import pulumi_random

from contract.errors import ContractError
from infra.catalogue import Catalogue, CatalogueError, read_catalogue
from infra.clusters.existing import kubernetes_provider
from infra.components.protection import Protection, ProtectionArgs, locked
from infra.configuration import read_settings
from infra.faults import SettingsError
from infra.options import with_providers
from infra.region import Region, RegionArgs
from infra.settings import Settings, check_roles


def main() -> None:
    """Make the region and export its outputs. Raises :class:`pulumi.RunError` before any resource exists."""
    try:
        settings, catalogue = accepted()
        kubernetes = kubernetes_provider(settings.cluster)
    except (SettingsError, CatalogueError, ContractError) as refusal:
        raise pulumi.RunError(str(refusal)) from None
    deploy(settings, catalogue, kubernetes)


def accepted() -> tuple[Settings, Catalogue]:
    """Settings and role files, checked against one another."""
    settings = read_settings()
    catalogue = read_catalogue(settings.roles_directory)
    check_roles(settings, tuple(file.role.id for file in catalogue.roles))
    return settings, catalogue


def deploy(settings: Settings, catalogue: Catalogue, kubernetes: pulumi_kubernetes.Provider) -> None:
    """The region, the lock on its destruction, and its outputs."""
    region = Region(
        settings.region,
        RegionArgs(settings=settings, catalogue=catalogue),
        with_providers([kubernetes, pulumi_random.Provider("random")]),
    )
    Protection("protection", ProtectionArgs(settings.protection), locked(settings.protection, region))
    for name, value in region.exports.model_dump(mode="json").items():
        pulumi.export(name, value)
