"""One region, in the order of the specification's table of contents, which is the order of the data's flow."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, Resource, ResourceOptions

from contract.names import Namespace
from infra.backup.store import way_to_the_store
from infra.catalogue import Catalogue
from infra.components.agents import Agents, AgentsArgs
from infra.components.alerts import Alerts, AlertsArgs
from infra.components.archive import Archive, ArchiveArgs
from infra.components.backup import Backup, BackupArgs
from infra.components.cache import Cache, CacheArgs
from infra.components.certificates import Issuer, IssuerArgs, issuer_spec
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
from infra.components.monitoring_network import MonitoringNetwork, MonitoringNetworkArgs, has_policies
from infra.components.namespaces import Namespaces, NamespacesArgs
from infra.components.operators import Installed, Operators, OperatorsArgs
from infra.components.priorities import Priorities
from infra.monitoring.dashboards.boards import boards
from infra.monitoring.rules.alert import Scope
from infra.monitoring.rules.catalogue import all_alerts, prometheus_rules
from infra.monitoring.targets import targets
from infra.operators.installations import prepared
from infra.options import after
from infra.outputs import RegionOutputs, region_outputs
from infra.quotas import agents_quota, engine_quota
from infra.sections.cluster import Operator
from infra.settings import Environment, Settings
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
        self._settings, self._catalogue = args.settings, args.catalogue
        ground = self._ground()
        migration = self._database(ground)
        cache = self._cache(ground)
        self._agents(ground)
        engine = self._engine(ground, migration, cache)
        issuer = self._entrance(ground, engine)
        if self._settings.monitoring.enabled.is_on:
            self._monitoring(ground, issuer)
        if self._settings.logging.enabled.is_on:
            self._logging(ground, issuer)
        self.exports = region_outputs(self._settings, self._catalogue, migration.job_name)
        self.register_outputs({"region": self._settings.region})

    def _ground(self) -> "Ground":
        """Kubernetes Deployment Configuration: namespaces, secrets, settings, operators that act on the rest."""
        settings = self._settings
        priorities = Priorities("priorities", after(self))
        namespaces = Namespaces(
            "namespaces",
            NamespacesArgs(
                settings.protection,
                tuple(Namespace),
                {
                    Namespace.ORCHESTRATION: engine_quota(settings.engine),
                    Namespace.AGENTS: agents_quota(settings.agents),
                },
            ),
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
        edges: list[Resource] = [
            EntranceNetwork("entrance-network", EntranceNetworkArgs(settings), after(self, namespaces))
        ]
        if has_policies(settings):
            arguments = MonitoringNetworkArgs(settings)
            edges.append(MonitoringNetwork("monitoring-network", arguments, after(self, namespaces)))
        operators = Installed()
        if charts := prepared(settings):
            earlier = after(self, namespaces, credentials, *edges)
            operators = Operators("operators", OperatorsArgs(settings, charts), earlier).installed
        configuration = Configuration(
            "configuration",
            ConfigurationArgs(settings=settings, catalogue=self._catalogue, public_keys=credentials.public_keys),
            after(self, namespaces),
        )
        return Ground(namespaces, credentials, configuration, operators)

    def _database(self, ground: "Ground") -> Migration:
        """Database Infrastructure; Backup and Disaster Recovery."""
        settings, operators = self._settings, ground.operators
        archive: list[Resource] = []
        if settings.backup.enabled.is_on:
            earlier = after(self, ground.namespaces, *operators.of(Operator.BARMAN_CLOUD))
            archive.append(Archive("archive", ArchiveArgs(settings), earlier))
        database = Database(
            "database",
            DatabaseArgs(
                image=settings.images.postgresql,
                size=settings.database,
                read_replica=read_replica(settings),
                protection=settings.protection,
                waiting=settings.waiting,
                archive=tuple(way_to_the_store(settings)) if archive else None,
            ),
            after(self, ground.credentials, *archive, *operators.of(Operator.CLOUDNATIVE_PG, Operator.BARMAN_CLOUD)),
        )
        if archive:
            Backup("backup", BackupArgs(settings), after(self, database, *archive))
        return Migration(
            "migration", MigrationArgs(image=settings.image, waiting=settings.waiting), after(self, database)
        )

    def _cache(self, ground: "Ground") -> Cache:
        """Cache Optimization."""
        settings = self._settings
        return Cache(
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
                apart=settings.environment is not Environment.LOCAL,
            ),
            after(self, ground.credentials),
        )

    def _agents(self, ground: "Ground") -> Agents:
        """MCP Agent Service Template, one for each role file."""
        keys = ",".join(ground.credentials.llm_keys)
        return Agents(
            "agents",
            AgentsArgs(
                settings=self._settings,
                roles=self._catalogue.roles,
                checksum=checksum({"settings": ground.configuration.checksum, "keys": keys}),
            ),
            after(self, ground.credentials, ground.configuration, *ground.operators.of(*SCALING)),
        )

    def _engine(self, ground: "Ground", migration: Migration, cache: Cache) -> Engine:
        """MCP Orchestration Engine Deployment."""
        return Engine(
            "engine",
            EngineArgs(settings=self._settings, checksum=ground.configuration.checksum),
            after(self, migration, cache, ground.configuration, *ground.operators.of(*SCALING)),
        )

    def _entrance(self, ground: "Ground", engine: Engine) -> list[Resource]:
        """Load Balancer and Ingress. Returns the issuer, where this stack makes it."""
        settings, operators = self._settings, ground.operators
        issuer: list[Resource] = []
        if issuer_spec(settings.certificates) is not None:
            arguments = IssuerArgs(settings.certificates, waiting_for(settings, Operator.CERT_MANAGER))
            issuer.append(Issuer("issuer", arguments, after(self, *operators.of(Operator.CERT_MANAGER))))
        Entrance(
            "entrance",
            EntranceArgs(settings=settings),
            after(self, engine, *issuer, *operators.of(Operator.CERT_MANAGER, Operator.INGRESS_NGINX)),
        )
        return issuer

    def _monitoring(self, ground: "Ground", issuer: list[Resource]) -> None:
        """Monitoring and Observability."""
        settings = self._settings
        roles = tuple(file.role.id for file in self._catalogue.roles)
        read = targets(settings, roles)
        prometheus = [ground.namespaces, *ground.operators.of(Operator.PROMETHEUS)]
        Monitoring(
            "monitoring",
            MonitoringArgs(settings, read, boards(settings, roles)),
            after(self, *prometheus, *issuer, *ground.operators.of(Operator.INGRESS_NGINX)),
        )
        scope = Scope(settings, roles, frozenset(target.job for target in read))
        arguments = AlertsArgs(settings, prometheus_rules(scope), all_alerts(scope))
        Alerts("alerts", arguments, after(self, *prometheus))

    def _logging(self, ground: "Ground", issuer: list[Resource]) -> None:
        """Logging Infrastructure."""
        earlier = ground.operators.of(Operator.ELASTIC, Operator.INGRESS_NGINX)
        Logging("logging", LoggingArgs(self._settings), after(self, ground.namespaces, *issuer, *earlier))


@dataclass(frozen=True)
class Ground:
    """What everything else in a region stands on."""

    namespaces: Namespaces
    credentials: Credentials
    configuration: Configuration
    operators: Installed
