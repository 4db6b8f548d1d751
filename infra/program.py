"""From a stack's settings to what it makes. A refusal ends the program with its sentence and without a stack trace."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes
import pulumi_random

from contract.errors import ContractError
from contract.outputs import ObservatoryOutputs, RegionOutputs
from infra.catalogue import Catalogue, CatalogueError, read_catalogue
from infra.clusters.existing import kubernetes_provider
from infra.components.protection import Protection, ProtectionArgs, locked
from infra.configuration import read_settings
from infra.faults import SettingsError
from infra.kinds import AnySettings
from infra.options import with_providers
from infra.region import Region, RegionArgs
from infra.settings import Settings, check_roles

ROLES: str = "roles"
"""Directory of role files whose dashboards a monitoring stack shows."""


@dataclass(frozen=True)
class Accepted:
    """Settings of any kind, and the role files, checked against one another."""

    settings: AnySettings
    catalogue: Catalogue


def main() -> None:
    """Make the stack and export its outputs. Raises :class:`pulumi.RunError` before any resource exists."""
    try:
        stack = accepted()
        kubernetes = kubernetes_provider(stack.settings.cluster)
    except (SettingsError, CatalogueError, ContractError) as refusal:
        raise pulumi.RunError(str(refusal)) from None
    deploy(stack, kubernetes)


def accepted() -> Accepted:
    """What the stack's configuration says."""
    settings = read_settings()
    if not isinstance(settings, Settings):
        return Accepted(settings, read_catalogue(ROLES))
    catalogue = read_catalogue(settings.roles_directory)
    check_roles(settings, tuple(file.role.id for file in catalogue.roles))
    return Accepted(settings, catalogue)


def deploy(stack: Accepted, kubernetes: pulumi_kubernetes.Provider) -> None:
    """Everything inside the cluster, the lock on its destruction, and the outputs."""
    made, exports = _inside(stack, with_providers([kubernetes, pulumi_random.Provider("random")]))
    protection = stack.settings.protection
    Protection("protection", ProtectionArgs(protection), locked(protection, made))
    for name, value in exports.model_dump(mode="json").items():
        pulumi.export(name, value)


def _inside(
    stack: Accepted, options: pulumi.ResourceOptions
) -> tuple[pulumi.ComponentResource, RegionOutputs | ObservatoryOutputs]:
    settings = stack.settings
    if isinstance(settings, Settings):
        region = Region(settings.region, RegionArgs(settings, stack.catalogue), options)
        return region, region.exports
    from infra.observatory import Observatory, ObservatoryArgs  # a region's preview does without

    observatory = Observatory(settings.region, ObservatoryArgs(settings, stack.catalogue), options)
    return observatory, observatory.exports
