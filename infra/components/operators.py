"""The operators that this stack installs: namespaces, network policies, and one release for each chart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pulumi import ComponentResource, Resource, ResourceOptions
from pulumi_kubernetes.core.v1 import Namespace as KubernetesNamespace
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicy,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from contract.names import OperatorNamespace
from infra import traffic
from infra.components.namespaces import default_deny, pod_security
from infra.operators.installations import Prepared
from infra.operators.namespaces import ROOMS, OperatorRoom
from infra.operators.release import ChartRelease
from infra.options import Wait, child, guarded_child, timed_child
from infra.sections.cluster import Operator
from infra.stack_settings import StackSettings


@dataclass(frozen=True)
class OperatorsArgs:
    """The stack's settings, and what it installs: charts in an order in which ``after`` names earlier ones."""

    settings: StackSettings
    charts: Mapping[Operator, tuple[Prepared, ...]]


@dataclass(frozen=True)
class Installed:
    """What this stack has installed; nothing on a cluster that brings everything."""

    releases: Mapping[Operator, Resource] = field(default_factory=dict[Operator, Resource])

    def of(self, *operators: Operator) -> list[Resource]:
        """What must be there before objects that ``operators`` act on."""
        return [self.releases[operator] for operator in operators if operator in self.releases]


class Operators(ComponentResource):
    """Definitions and webhooks that serve before anything of theirs is made.

    Refuses to install what the cluster runs already, and charts that are not pinned in :mod:`infra.charts`.
    """

    installed: "Installed"

    def __init__(self, name: str, args: OperatorsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Operators", name, None, opts)
        settings = args.settings
        rooms: dict[str, list[Resource]] = {
            namespace: self._room(namespace, room, settings)
            for namespace, room in ROOMS.items()
            if any(operator in args.charts for operator in room.operators)
        }
        last: dict[Operator, Resource] = {}
        for operator, charts in args.charts.items():
            for each in charts:
                earlier: list[Resource] = [last[needed] for needed in (*each.after, operator) if needed in last]
                earlier += rooms.get(each.chart.namespace, [])
                last[operator] = ChartRelease(
                    each.chart,
                    each.values,
                    settings.waiting,
                    timed_child(self, Wait.OPERATOR, *earlier),
                )
        self.installed = Installed(last)
        self.register_outputs({"installed": [str(operator) for operator in args.charts]})

    def _room(self, namespace: OperatorNamespace, room: OperatorRoom, settings: StackSettings) -> list[Resource]:
        made = KubernetesNamespace(
            namespace,
            metadata=ObjectMetaArgs(name=namespace, labels=pod_security(namespace, "restricted")),
            opts=guarded_child(self, settings.protection, Wait.ROLLOUT),
        )
        return [
            made,
            default_deny(self, namespace, made),
            NetworkPolicy(
                f"{namespace}-operator",
                metadata=ObjectMetaArgs(name="operator", namespace=namespace),
                spec=policy(room),
                opts=child(self, made),
            ),
        ]


def policy(room: OperatorRoom) -> NetworkPolicySpecArgs:
    """Edges of an operator's pods."""
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(),
        policy_types=["Ingress", "Egress"],
        ingress=[
            *_from_the_api_server(room.webhooks),
            *([traffic.scraped(*room.metrics)] if room.metrics else []),
            *room.ingress,
        ],
        egress=[traffic.TO_KUBERNETES_API, *room.egress],
    )


def _from_the_api_server(ports: Iterable[int]) -> list[NetworkPolicyIngressRuleArgs]:
    allowed = [NetworkPolicyPortArgs(protocol="TCP", port=port) for port in ports]
    anywhere = NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0"))
    return [NetworkPolicyIngressRuleArgs(from_=[anywhere], ports=allowed)] if allowed else []
