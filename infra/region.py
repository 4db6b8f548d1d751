"""One region, in the order of the specification's table of contents, which is the order of the data's flow."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions

from infra.backup.store import way_to_the_store
from infra.catalogue import Catalogue
from infra.components.agents import Agents, AgentsArgs
from infra.components.alerts import Alerts, AlertsArgs
from infra.components.archive import Archive, ArchiveArgs
from infra.components.backup import Backup, BackupArgs
from infra.components.cache import Cache, CacheArgs
from infra.components.certificates import Issuer, IssuerArgs
from infra.components.configuration import (
    Configuration,
    ConfigurationArgs,
    checksum,
    read_replica,
    regional_cache,
)
from infra.components.credentials import Credentials, CredentialsArgs
from infra.components.database import Database, DatabaseArgs
from infra.components.engine import Engine, EngineArgs
from infra.components.ingress import Entrance, EntranceArgs
from infra.components.ingress_network import EntranceNetwork, EntranceNetworkArgs
from infra.components.logging import Logging, LoggingArgs
from infra.components.migration import Migration, MigrationArgs
from infra.components.monitoring import Monitoring, MonitoringArgs
from infra.components.monitoring_network import MonitoringNetwork, MonitoringNetworkArgs
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
            "credentials",
            CredentialsArgs(
                providers=settings.llm.preference,
                generation=settings.secrets_generation,
                grafana=settings.installs(Operator.PROMETHEUS),
                remote_write_user=settings.region if settings.monitoring.remote_write else None,
                cache_replicas=settings.cache.replicas,
            ),
            after(self, namespaces),
        )
        monitoring_network = MonitoringNetwork(
            "monitoring-network", MonitoringNetworkArgs(settings), after(self, namespaces)
        )
        entrance_network = EntranceNetwork("entrance-network", EntranceNetworkArgs(settings), after(self, namespaces))
        operators = Operators(
            "operators",
            OperatorsArgs(settings),
            after(self, namespaces, credentials, monitoring_network, entrance_network),
        )
        configuration = Configuration(
            "configuration",
            ConfigurationArgs(settings=settings, catalogue=catalogue, public_keys=credentials.public_keys),
            after(self, namespaces),
        )

        # Database Infrastructure, Cache Optimization
        archived = settings.backup.enabled.is_on
        archive = (
            [Archive("archive", ArchiveArgs(settings), after(self, namespaces, *operators.of(Operator.BARMAN_CLOUD)))]
            if archived
            else []
        )
        database = Database(
            "database",
            DatabaseArgs(
                image=settings.images.postgresql,
                size=settings.database,
                read_replica=read_replica(settings),
                protection=settings.protection,
                waiting=settings.waiting,
                archive=tuple(way_to_the_store(settings)) if archived else None,
            ),
            after(self, credentials, *archive, *operators.of(Operator.CLOUDNATIVE_PG, Operator.BARMAN_CLOUD)),
        )
        cache = Cache(
            "cache",
            CacheArgs(
                image=settings.images.valkey,
                proxy_image=settings.images.haproxy,
                exporter_image=settings.images.redis_exporter,
                size=settings.cache,
                regional_service=regional_cache(settings),
                waiting=settings.waiting,
                monitoring=settings.monitoring.enabled,
                generation=settings.secrets_generation,
            ),
            after(self, credentials),
        )
        migration = Migration(
            "migration", MigrationArgs(image=settings.image, waiting=settings.waiting), after(self, database)
        )

        # MCP Agent Service Template, one for each role file; MCP Orchestration Engine Deployment
        Agents(
            "agents",
            AgentsArgs(
                settings=settings,
                roles=catalogue.roles,
                checksum=checksum({"settings": configuration.checksum, "keys": ",".join(credentials.llm_keys)}),
            ),
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

        # Monitoring and Observability
        if settings.monitoring.enabled.is_on:
            roles = tuple(file.role.id for file in catalogue.roles)
            Monitoring(
                "monitoring",
                MonitoringArgs(settings, roles),
                after(self, namespaces, issuer, *operators.of(Operator.PROMETHEUS, Operator.INGRESS_NGINX)),
            )
            Alerts("alerts", AlertsArgs(settings, roles), after(self, namespaces, *operators.of(Operator.PROMETHEUS)))

        # Logging Infrastructure
        if settings.logging.enabled.is_on:
            Logging(
                "logging",
                LoggingArgs(settings),
                after(self, namespaces, issuer, *operators.of(Operator.ELASTIC, Operator.INGRESS_NGINX)),
            )

        # Backup and Disaster Recovery
        if archived:
            Backup("backup", BackupArgs(settings), after(self, database, *archive))

        self.exports = region_outputs(settings, catalogue, migration.job_name)
        self.register_outputs({"region": settings.region})
