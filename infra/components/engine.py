"""The orchestration engine: Deployment, Service, autoscaling, disruption budget, network policy."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.core.v1 import ServicePortArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgs

from contract import environment as env
from contract.names import (
    ENGINE,
    ENGINE_AUTOSCALER,
    ENGINE_SERVICE,
    ConfigMapName,
    Namespace,
    Port,
    Priority,
    SecretName,
)
from infra import scaling, traffic
from infra.pods import ConfigFiles, Mount, Scratch, SecretFiles, Workload, http_probe
from infra.recommending import ENGINE_BOUNDS
from infra.served import Scaling, Served, serve
from infra.settings import Settings

POLICY: Final = "mcp-orchestration-netpol"
LABELS: Final = {"app": ENGINE, "version": "v1"}
SELECTOR: Final = {"app": ENGINE}
PORTS: Final = {"http": Port.HTTP, "websocket": Port.WEBSOCKET}
GRACE_MARGIN_SECONDS: Final = 30
"""A stopping engine gets a whole turn and this long to record it."""

MOUNTS: Final[tuple[Mount, ...]] = (
    ConfigFiles("config-volume", ConfigMapName.GLOBAL, "/app/config"),
    ConfigFiles("role-configs", ConfigMapName.ROLES, env.MOUNT[env.ROLES_DIR]),
    ConfigFiles("workflow-templates", ConfigMapName.WORKFLOWS, env.MOUNT[env.WORKFLOWS_DIR]),
    ConfigFiles("agent-endpoints", ConfigMapName.ENDPOINTS, "/app/config/endpoints"),
    SecretFiles("database-api", SecretName.DATABASE_API, "/app/secrets/database-api"),
    SecretFiles("database-worker", SecretName.DATABASE_WORKER, "/app/secrets/database-worker"),
    SecretFiles("cache", SecretName.CACHE, "/app/secrets/cache"),
    SecretFiles("signing-key", SecretName.SIGNING_KEY, "/app/secrets/signing-key"),
    SecretFiles("api-token", SecretName.API_TOKEN, "/app/secrets/api-token"),
    Scratch("logs-volume", "/app/logs", "256Mi"),
    Scratch("tmp", "/tmp", "256Mi"),  # noqa: S108 - a mount of its own
)
FILES: Final = (
    env.DATABASE_API_URL_FILE,
    env.DATABASE_WORKER_URL_FILE,
    env.REDIS_URL_FILE,
    env.SIGNING_KEY_FILE,
    env.API_TOKEN_FILE,
    env.AGENT_ENDPOINTS_FILE,
    env.ROLES_DIR,
    env.WORKFLOWS_DIR,
)


@dataclass(frozen=True)
class EngineArgs:
    """``checksum`` rolls the pods when the settings they read as variables change."""

    settings: Settings
    checksum: str


class Engine(ComponentResource):
    """Refuses to set ``replicas``: the autoscaler owns them."""

    def __init__(self, name: str, args: EngineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Engine", name, None, opts)
        settings = args.settings
        engine = Served(
            name=ENGINE,
            namespace=Namespace.ORCHESTRATION,
            workload=workload(args),
            selector=SELECTOR,
            service=ENGINE_SERVICE,
            ports=(
                ServicePortArgs(name="http", port=80, target_port=Port.HTTP),
                ServicePortArgs(name="websocket", port=Port.WEBSOCKET, target_port=Port.WEBSOCKET),
            ),
            scaling=Scaling(
                ENGINE_AUTOSCALER,
                settings.engine.replicas,
                (scaling.Utilization("cpu", 70), scaling.Utilization("memory", 80)),
                (scaling.Query("websocket-connections", "sum(websocket_connections)", 100),),
            ),
            recommender=f"{ENGINE}-vpa",
            bounds=ENGINE_BOUNDS,
            policy=POLICY,
            edges=policy(),
        )
        serve(self, engine, settings)
        self.register_outputs({"service": ENGINE_SERVICE})


def workload(args: EngineArgs) -> Workload:
    """The engine's pod."""
    settings = args.settings
    scrape = {"prometheus.io/scrape": "true", "prometheus.io/path": "/metrics", "prometheus.io/port": str(Port.HTTP)}
    return Workload(
        name=ENGINE,
        image=settings.image,
        command=env.COMMAND,
        args=("engine",),
        labels=LABELS,
        annotations={"mcp-platform/settings": args.checksum} | (scrape if settings.monitoring.enabled.is_on else {}),
        service_account=ENGINE,
        environment={
            env.BIND_HOST: "0.0.0.0",  # noqa: S104 - inside the pod's own network
            env.HTTP_PORT: str(Port.HTTP),
            env.WEBSOCKET_PORT: str(Port.WEBSOCKET),
            **{variable: env.MOUNT[variable] for variable in FILES},
        },
        environment_from=(ConfigMapName.GLOBAL, ConfigMapName.REGION),
        ports=PORTS,
        mounts=MOUNTS,
        resources=settings.engine.resources,
        liveness=http_probe("/health", Port.HTTP, delay=30, period=10),
        readiness=http_probe("/ready", Port.HTTP, delay=5, period=5),
        priority_class=Priority.SERVING,
        grace_seconds=settings.limits.agent_timeout_seconds + GRACE_MARGIN_SECONDS,
    )


def policy() -> NetworkPolicySpecArgs:
    """Who may call the engine and whom it may call. It calls no model, so it needs no way out."""
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=SELECTOR),
        policy_types=["Ingress", "Egress"],
        ingress=[
            traffic.ingress(traffic.pods(Namespace.INGRESS, {}), Port.HTTP, Port.WEBSOCKET),
            traffic.scraped(Port.HTTP),
        ],
        egress=[
            traffic.egress(traffic.pods(Namespace.AGENTS, {}), Port.AGENT),
            traffic.egress(traffic.pods(Namespace.DATABASE, {}), Port.DATABASE),
            traffic.egress(traffic.pods(Namespace.CACHE, {}), Port.CACHE),
        ],
    )
