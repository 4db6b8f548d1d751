"""A region's outputs, by the contract that other stacks and ``mcp-ops`` read. Holds no secret, only names."""

from contract import names
from contract.names import (
    CACHE,
    DATABASE_CLUSTER,
    DATABASE_NAME,
    ELASTICSEARCH,
    ENGINE,
    ENGINE_AUTOSCALER,
    ENGINE_SERVICE,
    LOG_STREAM,
    OBJECT_STORE,
    SCHEDULED_BACKUP,
    Namespace,
    Port,
    SecretName,
    service_host,
)
from contract.outputs import (
    VERSION,
    BackupOutputs,
    DatabaseOutputs,
    LoggingOutputs,
    MonitoringOutputs,
    RegionOutputs,
    SecretRef,
)
from infra.backup.jobs import JOBS
from infra.backup.store import bucket
from infra.catalogue import Catalogue
from infra.components.configuration import read_replica, regional_cache
from infra.ingress.sites import api_host, ws_host
from infra.logs.kibana import kibana_host
from infra.monitoring.hosts import grafana_host
from infra.monitoring.names import ALERTMANAGER_URL, GRAFANA_ADMIN_SECRET, PROMETHEUS
from infra.sections.cluster import Operator
from infra.settings import Settings


def region_outputs(settings: Settings, catalogue: Catalogue, migration_job: str) -> RegionOutputs:
    """Outputs of the region that ``settings`` describe."""
    roles = tuple(file.role.id for file in catalogue.roles)
    return RegionOutputs(
        contract_version=VERSION,
        kind=settings.kind.value,
        region=settings.region,
        residency=settings.residency.value,
        environment=settings.environment.value,
        image=settings.image,
        protection=settings.protection.is_on,
        namespaces=[namespace.value for namespace in Namespace],
        urls=_urls(settings),
        services=_services(settings, roles),
        secrets=_secrets(settings),
        roles=list(roles),
        workflows=[name.removesuffix(".yaml") for name in catalogue.workflows],
        migration_job=migration_job,
        autoscalers=_autoscalers(settings, roles),
        operators={each.value: settings.cluster.operators.presence(each).value for each in Operator},
        database=DatabaseOutputs(
            namespace=Namespace.DATABASE.value,
            cluster=DATABASE_CLUSTER,
            database=DATABASE_NAME,
            instances=settings.database.instances,
            port=Port.DATABASE,
        ),
        backup=_backup(settings),
        monitoring=_monitoring(settings),
        logging=_logging(settings),
    )


def _urls(settings: Settings) -> dict[str, str]:
    urls = {"api": f"https://{api_host(settings)}", "websocket": f"wss://{ws_host(settings)}/ws"}
    if settings.installs(Operator.PROMETHEUS):
        urls["grafana"] = f"https://{grafana_host(settings)}"
    if settings.logging.enabled.is_on:
        urls["kibana"] = f"https://{kibana_host(settings)}"
    return urls


def _services(settings: Settings, roles: tuple[str, ...]) -> dict[str, str]:
    return {
        "engine": service_host(ENGINE_SERVICE, Namespace.ORCHESTRATION),
        "database": service_host(DATABASE_CLUSTER, Namespace.DATABASE),
        "database_read_replica": service_host(read_replica(settings), Namespace.DATABASE),
        "cache": service_host(CACHE, Namespace.CACHE),
        "cache_regional": service_host(regional_cache(settings), Namespace.CACHE),
    } | {f"agent/{role}": service_host(names.agent_service(role), Namespace.AGENTS) for role in roles}


def _secrets(settings: Settings) -> dict[str, SecretRef]:
    def ref(namespace: Namespace, name: str, key: str) -> SecretRef:
        return SecretRef(namespace=namespace.value, name=name, key=key)

    found = {
        "api_token": ref(Namespace.ORCHESTRATION, SecretName.API_TOKEN, "token"),
        "database_owner": ref(Namespace.ORCHESTRATION, SecretName.DATABASE_OWNER, "connection-string"),
    }
    if settings.installs(Operator.PROMETHEUS):
        found["grafana_admin"] = ref(Namespace.MONITORING, GRAFANA_ADMIN_SECRET, "admin-password")
    if settings.logging.enabled.is_on:
        found["kibana_reader"] = ref(Namespace.LOGGING, SecretName.LOG_READER, "password")
    return found


def _autoscalers(settings: Settings, roles: tuple[str, ...]) -> dict[str, str]:
    if not settings.cluster.has(Operator.KEDA):
        return {}
    agents = {f"{Namespace.AGENTS}/{names.agent_deployment(role)}": names.agent_autoscaler(role) for role in roles}
    return {f"{Namespace.ORCHESTRATION}/{ENGINE}": ENGINE_AUTOSCALER} | agents


def _backup(settings: Settings) -> BackupOutputs | None:
    backup = settings.backup
    if not backup.enabled.is_on:
        return None
    return BackupOutputs(
        store=backup.store.value,
        bucket=bucket(settings),
        region=settings.backup_region,
        endpoint=backup.endpoint,
        object_store=OBJECT_STORE,
        scheduled_backup=SCHEDULED_BACKUP,
        cron_jobs={f"{job.namespace}/{job.name}": job.schedule for job in JOBS},
        retention_days=backup.retention_days,
    )


def _monitoring(settings: Settings) -> MonitoringOutputs | None:
    if not settings.monitoring.enabled.is_on:
        return None
    return MonitoringOutputs(
        namespace=Namespace.MONITORING.value,
        prometheus=PROMETHEUS,
        alertmanager=ALERTMANAGER_URL,
        remote_write=settings.monitoring.remote_write,
    )


def _logging(settings: Settings) -> LoggingOutputs | None:
    logging = settings.logging
    if not logging.enabled.is_on:
        return None
    return LoggingOutputs(
        namespace=Namespace.LOGGING.value,
        elasticsearch=f"https://{service_host(ELASTICSEARCH, Namespace.LOGGING)}:{Port.ELASTICSEARCH}",
        stream=LOG_STREAM,
        retention_days=logging.retention_days,
        forward=logging.forward,
    )
