"""The specification's ConfigMaps of settings, and those that carry roles, workflow templates and agents' addresses."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import ComponentResource, Input, ResourceOptions
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from contract import names
from contract.names import CACHE, DATABASE_CLUSTER, ConfigMapName, Namespace, Port, service_host
from infra.catalogue import Catalogue
from infra.options import child
from infra.settings import Settings

AGENT_KEYS = frozenset(
    {"ENVIRONMENT", "LOG_LEVEL", "MONITORING_ENABLED", "DEFAULT_LLM_MODEL", "AGENT_TIMEOUT_SECONDS", "REGION"}
    | {"LLM_PROVIDER_PREFERENCE"}
)
"""What agents read of the global and the region's settings; their namespace has its own copy of just these."""


@dataclass(frozen=True)
class ConfigurationArgs:
    """``public_keys`` are the engine's, PEM."""

    settings: Settings
    catalogue: Catalogue
    public_keys: Input[str]


class Configuration(ComponentResource):
    """ConfigMaps of both application namespaces. Refuses secrets: those are :mod:`infra.components.credentials`."""

    checksum: str
    """Changes with the settings that become environment variables, so that pods which read them roll."""

    def __init__(self, name: str, args: ConfigurationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Configuration", name, None, opts)
        global_config, region_config = global_settings(args.settings), region_settings(args.settings)
        self.checksum = checksum(global_config | region_config)
        self._config_map(Namespace.ORCHESTRATION, ConfigMapName.GLOBAL, global_config)
        self._config_map(Namespace.AGENTS, ConfigMapName.GLOBAL, _for_agents(global_config))
        self._config_map(Namespace.ORCHESTRATION, ConfigMapName.REGION, region_config)
        self._config_map(Namespace.AGENTS, ConfigMapName.REGION, _for_agents(region_config))
        for namespace in (Namespace.ORCHESTRATION, Namespace.AGENTS):
            self._config_map(namespace, ConfigMapName.ROLES, args.catalogue.role_texts())
        self._config_map(Namespace.ORCHESTRATION, ConfigMapName.WORKFLOWS, args.catalogue.workflows)
        self._config_map(Namespace.ORCHESTRATION, ConfigMapName.ENDPOINTS, {"agents.json": endpoints(args.catalogue)})
        self._config_map(Namespace.AGENTS, ConfigMapName.ENGINE_PUBLIC_KEY, {"public.pem": args.public_keys})
        self.register_outputs({"checksum": self.checksum})

    def _config_map(self, namespace: Namespace, name: str, data: Mapping[str, Input[str]]) -> None:
        ConfigMap(
            f"{namespace}-{name}",
            metadata=ObjectMetaArgs(name=name, namespace=namespace),
            data=dict(data),
            opts=child(self),
        )


def global_settings(settings: Settings) -> dict[str, str]:
    """Data of ``mcp-global-config`` (seed, "ConfigMap for Global Settings")."""
    return {
        "ENVIRONMENT": settings.environment,
        "LOG_LEVEL": settings.log_level,
        "POSTGRES_HOST": service_host(DATABASE_CLUSTER, Namespace.DATABASE),
        "REDIS_HOST": service_host(CACHE, Namespace.CACHE),
        "MONITORING_ENABLED": _truth(settings.monitoring.enabled.is_on),
        "RATE_LIMITING_ENABLED": _truth(settings.rate_limiting.is_on),
        "DEFAULT_LLM_MODEL": settings.llm.default_model,
        "MAX_CONCURRENT_WORKFLOWS": str(settings.limits.max_concurrent_workflows),
        "AGENT_TIMEOUT_SECONDS": str(settings.limits.agent_timeout_seconds),
    }


def region_settings(settings: Settings) -> dict[str, str]:
    """Data of ``region-config`` (seed, "Region-Specific Configurations")."""
    return {
        "REGION": settings.region,
        "DATABASE_READ_REPLICA": service_host(read_replica(settings), Namespace.DATABASE),
        "REDIS_CLUSTER": service_host(regional_cache(settings), Namespace.CACHE),
        "LLM_PROVIDER_PREFERENCE": ",".join(settings.llm.preference),
        "BACKUP_REGION": settings.backup_region,
    }


def read_replica(settings: Settings) -> str:
    """Service of the database's replicas in this region."""
    return f"postgresql-read-replica-{settings.short_region}"


def regional_cache(settings: Settings) -> str:
    """Service of the cache's master in this region."""
    return f"redis-{settings.short_region}"


def endpoints(catalogue: Catalogue) -> str:
    """``agents.json``: role id -> URL of its MCP endpoint."""
    urls = {
        role_id: f"http://{service_host(names.agent_service(role_id), Namespace.AGENTS)}:{Port.AGENT}/mcp"
        for role_id in (file.role.id for file in catalogue.roles)
    }
    return json.dumps(urls, indent=2, sort_keys=True) + "\n"


def checksum(data: dict[str, str]) -> str:
    """Short digest of ``data``."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def _for_agents(data: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in data.items() if key in AGENT_KEYS}


def _truth(value: bool) -> str:
    return "true" if value else "false"
