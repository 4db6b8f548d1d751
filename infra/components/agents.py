"""Every agent: one for each role file, and what they all share."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicySpecArgs

from contract.names import ENGINE, Namespace, Port, agent_deployment
from infra import traffic
from infra.catalogue import RoleFile
from infra.components.agent import Agent, AgentArgs
from infra.options import child
from infra.settings import Settings

POLICY: Final = "mcp-agents-netpol"


@dataclass(frozen=True)
class AgentsArgs:
    """The role files, and what :class:`infra.components.agent.AgentArgs` takes besides."""

    settings: Settings
    roles: tuple[RoleFile, ...]
    checksum: str


class Agents(ComponentResource):
    """Refuses to know any role by name: another file is another agent."""

    def __init__(self, name: str, args: AgentsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Agents", name, None, opts)
        NetworkPolicy(
            POLICY,
            metadata=ObjectMetaArgs(name=POLICY, namespace=Namespace.AGENTS),
            spec=shared_policy(),
            opts=child(self),
        )
        for file in args.roles:
            Agent(
                agent_deployment(file.role.id),
                AgentArgs(settings=args.settings, role=file, checksum=args.checksum),
                child(self),
            )
        self.register_outputs({"roles": [file.role.id for file in args.roles]})


def shared_policy() -> NetworkPolicySpecArgs:
    """The engine calls every agent and Prometheus reads it; nobody else does."""
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(),
        policy_types=["Ingress", "Egress"],
        ingress=[
            traffic.ingress(traffic.pods(Namespace.ORCHESTRATION, {"app": ENGINE}), Port.AGENT),
            traffic.scraped(Port.AGENT),
        ],
    )
