"""What a stack exports, as plain dictionaries: other stacks and ``mcp-ops`` read it. Holds no secret, only names."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from contract import names
from contract.names import CACHE, DATABASE_CLUSTER, ENGINE_SERVICE, Namespace, SecretName, service_host
from infra.catalogue import Catalogue
from infra.components.configuration import read_replica, regional_cache
from infra.components.ingress import api_host, ws_host
from infra.settings import Settings

CONTRACT_VERSION: Final = 1
"""Raised when a key changes its meaning or goes; readers refuse what they do not know."""


@dataclass(frozen=True)
class SecretRef:
    """Where a secret is, never what it is."""

    namespace: str
    name: str
    key: str


@dataclass(frozen=True)
class RegionOutputs:
    """Outputs of a region's stack."""

    contract_version: int
    region: str
    residency: str
    environment: str
    image: str
    namespaces: list[str]
    urls: dict[str, str]
    services: dict[str, str]
    """What a client inside the cluster connects to."""
    secrets: dict[str, SecretRef]
    roles: list[str]
    workflows: list[str]
    migration_job: str

    def exported(self) -> dict[str, Any]:
        """As ``pulumi stack output --json`` shows it."""
        return asdict(self)


def region_outputs(settings: Settings, catalogue: Catalogue, migration_job: str) -> RegionOutputs:
    """Outputs of the region that ``settings`` describe."""
    roles = [file.role.id for file in catalogue.roles]
    agents = {role: service_host(names.agent_service(role), Namespace.AGENTS) for role in roles}
    return RegionOutputs(
        contract_version=CONTRACT_VERSION,
        region=settings.region,
        residency=settings.residency.value,
        environment=settings.environment.value,
        image=settings.image,
        namespaces=[namespace.value for namespace in Namespace],
        urls={"api": f"https://{api_host(settings)}", "websocket": f"wss://{ws_host(settings)}/ws"},
        services={
            "engine": service_host(ENGINE_SERVICE, Namespace.ORCHESTRATION),
            "database": service_host(DATABASE_CLUSTER, Namespace.DATABASE),
            "database_read_replica": service_host(read_replica(settings), Namespace.DATABASE),
            "cache": service_host(CACHE, Namespace.CACHE),
            "cache_regional": service_host(regional_cache(settings), Namespace.CACHE),
        }
        | {f"agent/{role}": host for role, host in agents.items()},
        secrets={
            "api_token": SecretRef(Namespace.ORCHESTRATION.value, SecretName.API_TOKEN, "token"),
            "database_owner": SecretRef(Namespace.ORCHESTRATION.value, SecretName.DATABASE_OWNER, "connection-string"),
        },
        roles=roles,
        workflows=[name.removesuffix(".yaml") for name in catalogue.workflows],
        migration_job=migration_job,
    )
