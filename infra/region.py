"""One region, in the order of the specification's table of contents, which is the order of the data's flow."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions

from infra.catalogue import Catalogue
from infra.components.agents import Agents, AgentsArgs
from infra.components.cache import Cache, CacheArgs
from infra.components.certificates import Issuer, IssuerArgs
from infra.components.configuration import (
    Configuration,
    ConfigurationArgs,
    read_replica,
    regional_cache,
)
from infra.components.credentials import Credentials, CredentialsArgs
from infra.components.database import Database, DatabaseArgs
from infra.components.engine import Engine, EngineArgs
from infra.components.ingress import Entrance, EntranceArgs
from infra.components.migration import Migration, MigrationArgs
from infra.components.namespaces import Namespaces, NamespacesArgs
from infra.components.operators import Operators, OperatorsArgs
from infra.components.priorities import Priorities
from infra.options import after
from infra.outputs import RegionOutputs, region_outputs
from infra.sections.cluster import Operator
from infra.settings import Settings
from infra.waiting import waiting_for

SCALING: Final = (Operator.KEDA, Operator.METRICS_SERVER, Operator.VERTICAL_POD_AUTOSCALER)
"""Operators that act on what scales engine and agents."""


@dataclass(frozen=True)
class RegionArgs:
    """What the region is like, and the agents it has."""

    settings: Settings
    catalogue: Catalogue


class Region(ComponentResource):
    """Everything inside the region's cluster. Refuses to make the cluster itself: that is :mod:`infra.clusters`."""

    exports: RegionOutputs

    def __init__(self, name: str, args: RegionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Region", name, None, opts)
        settings, catalogue = args.settings, args.catalogue

        # Kubernetes Deployment Configuration
        priorities = Priorities("priorities", after(self))
        namespaces = Namespaces(
            "namespaces",
            NamespacesArgs(engine=settings.engine, agents=settings.agents, protection=settings.protection),
            after(self, priorities),
        )
        credentials = Credentials(
            "credentials", CredentialsArgs(providers=settings.llm.preference), after(self, namespaces)
        )
        operators = Operators("operators", OperatorsArgs(settings), after(self, namespaces, credentials))
        configuration = Configuration(
            "configuration",
            ConfigurationArgs(settings=settings, catalogue=catalogue, public_key=credentials.public_key),
            after(self, namespaces),
        )

        # Database Infrastructure, Cache Optimization
        database = Database(
            "database",
            DatabaseArgs(
                image=settings.images.postgresql,
                size=settings.database,
                read_replica=read_replica(settings),
                protection=settings.protection,
                waiting=settings.waiting,
            ),
            after(self, credentials, *operators.of(Operator.CLOUDNATIVE_PG, Operator.BARMAN_CLOUD)),
        )
        cache = Cache(
            "cache",
            CacheArgs(
                image=settings.images.valkey,
                size=settings.cache,
                regional_service=regional_cache(settings),
                waiting=settings.waiting,
            ),
            after(self, credentials),
        )
        migration = Migration(
            "migration", MigrationArgs(image=settings.image, waiting=settings.waiting), after(self, database)
        )

        # MCP Agent Service Template, one for each role file; MCP Orchestration Engine Deployment
        Agents(
            "agents",
            AgentsArgs(settings=settings, roles=catalogue.roles, checksum=configuration.checksum),
            after(self, credentials, configuration, *operators.of(*SCALING)),
        )
        engine = Engine(
            "engine",
            EngineArgs(settings=settings, checksum=configuration.checksum),
            after(self, migration, cache, configuration, *operators.of(*SCALING)),
        )

        # Load Balancer and Ingress
        issuer = Issuer(
            "issuer",
            IssuerArgs(settings.certificates, waiting_for(settings, Operator.CERT_MANAGER)),
            after(self, *operators.of(Operator.CERT_MANAGER)),
        )
        Entrance(
            "entrance",
            EntranceArgs(settings=settings),
            after(self, engine, issuer, *operators.of(Operator.INGRESS_NGINX)),
        )

        self.exports = region_outputs(settings, catalogue, migration.job_name)
        self.register_outputs({"region": settings.region})
