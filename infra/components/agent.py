"""One agent: Deployment, Service, autoscaling, disruption budget and network policy of one role file."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.core.v1 import ServicePortArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgs

from contract import environment as env
from contract import names
from contract.names import ConfigMapName, Namespace, Port, Priority, SecretName
from infra import scaling, traffic
from infra.catalogue import RoleFile
from infra.pods import ConfigFiles, Scratch, SecretFiles, Workload, http_probe
from infra.recommending import AGENT_BOUNDS
from infra.sections.llm import Provider
from infra.served import Scaling, Served, serve
from infra.settings import Settings

GRACE_MARGIN_SECONDS: Final = 30
STEPS_PER_AGENT: Final = 4
"""Ready steps of a role that one pod of its agent should carry."""


@dataclass(frozen=True)
class AgentArgs:
    """``checksum`` rolls the pods when the settings they read as variables change; the role file is watched."""

    settings: Settings
    role: RoleFile
    checksum: str


class Agent(ComponentResource):
    """Refuses to set ``replicas``: the autoscaler owns them."""

    def __init__(self, name: str, args: AgentArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Agent", name, None, opts)
        settings, role_id = args.settings, args.role.role.id
        deployment_name, service_name = names.agent_deployment(role_id), names.agent_service(role_id)
        agent = Served(
            name=deployment_name,
            namespace=Namespace.AGENTS,
            workload=workload(args),
            selector={"app": deployment_name},
            service=service_name,
            service_labels={"role": names.slug(role_id)},
            ports=(ServicePortArgs(name="mcp", port=Port.AGENT, target_port=Port.AGENT),),
            scaling=Scaling(
                names.agent_autoscaler(role_id),
                settings.agents.replicas,
                (scaling.Utilization("cpu", 75), scaling.Utilization("memory", 85)),
                (scaling.Query("ready-steps", f'sum(steps_ready{{agent_role="{role_id}"}})', STEPS_PER_AGENT),),
            ),
            recommender=f"{names.slug(role_id)}-vpa",
            bounds=AGENT_BOUNDS,
            policy=f"{names.slug(role_id)}-netpol",
            edges=policy(settings, role_id),
        )
        serve(self, agent, settings)
        self.register_outputs({"service": service_name})


def workload(args: AgentArgs) -> Workload:
    """The agent's pod: it sees its own role file and no other."""
    settings, role_id = args.settings, args.role.role.id
    scrape = {"prometheus.io/scrape": "true", "prometheus.io/path": "/metrics", "prometheus.io/port": str(Port.AGENT)}
    files = (env.ROLE_FILE, env.VERIFY_KEY_FILE, env.OPENAI_API_KEY_FILE, env.ANTHROPIC_API_KEY_FILE)
    return Workload(
        name=names.slug(role_id),
        image=settings.image,
        command=env.COMMAND,
        args=("agent",),
        labels=_labels(role_id),
        annotations={"mcp-platform/settings": args.checksum} | (scrape if settings.monitoring.enabled.is_on else {}),
        service_account=names.agent_deployment(role_id),
        environment={
            env.BIND_HOST: "0.0.0.0",  # noqa: S104 - inside the pod's own network
            env.ROLE_ID: role_id,
            env.MCP_PORT: str(Port.AGENT),
            env.LLM_MODEL: settings.llm.agent_model,
            **{variable: env.MOUNT[variable] for variable in files},
            **_latency(settings),
        },
        environment_from=(ConfigMapName.GLOBAL, ConfigMapName.REGION),
        ports={"mcp-port": Port.AGENT},
        mounts=(
            ConfigFiles("role-config", ConfigMapName.ROLES, "/app/config", {args.role.key: "role.yaml"}),
            ConfigFiles("engine-public-key", ConfigMapName.ENGINE_PUBLIC_KEY, "/app/keys"),
            SecretFiles("llm", SecretName.LLM, "/app/secrets/llm"),
            Scratch("tmp", "/tmp", "256Mi"),  # noqa: S108 - a mount of its own
        ),
        resources=settings.agents.resources,
        liveness=http_probe("/health", Port.AGENT, delay=15, period=20),
        readiness=http_probe("/ready", Port.AGENT, delay=5, period=5),
        priority_class=Priority.SERVING,
        grace_seconds=settings.limits.agent_timeout_seconds + GRACE_MARGIN_SECONDS,
    )


def policy(settings: Settings, role_id: str) -> NetworkPolicySpecArgs:
    """Beyond what all agents share, it calls model providers where there are any."""
    calls_out = set(settings.llm.preference) != {Provider.OFFLINE}
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels={"app": names.agent_deployment(role_id)}),
        policy_types=["Egress"],
        egress=[traffic.TO_PUBLIC_HTTPS] if calls_out else [],
    )


def _latency(settings: Settings) -> dict[str, str]:
    seconds = settings.llm.offline_latency_seconds
    return {env.OFFLINE_LATENCY_SECONDS: f"{seconds:g}"} if seconds else {}


def _labels(role_id: str) -> dict[str, str]:
    return {"app": names.agent_deployment(role_id), "role": names.slug(role_id)}
