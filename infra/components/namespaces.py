"""Namespaces of a stack: Pod Security, quotas, and nothing may talk by default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pulumi import ComponentResource, Resource, ResourceOptions
from pulumi_kubernetes.core.v1 import Namespace as KubernetesNamespace
from pulumi_kubernetes.core.v1 import ResourceQuota, ResourceQuotaSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicySpecArgs

from contract.names import Namespace
from infra.options import Wait, child, guarded_child
from infra.sections.section import Switch
from infra.traffic import TO_DNS

PRIVILEGED: Final = {
    Namespace.LOGGING: "Fluentd reads the nodes' container logs through hostPath volumes",
    Namespace.MONITORING: "node-exporter reads the nodes' /proc and /sys in the host's namespaces",
}
"""Namespaces of node agents, and why they cannot be ``restricted``."""


@dataclass(frozen=True)
class NamespacesArgs:
    """``protection`` keeps the namespaces, and all that is in them, from being destroyed; ``quotas`` bound some."""

    protection: Switch
    names: tuple[Namespace, ...]
    quotas: Mapping[Namespace, dict[str, str]] = field(default_factory=dict[Namespace, dict[str, str]])


class Namespaces(ComponentResource):
    """All namespaces of a stack. Refuses to manage namespaces of operators, which their charts own."""

    def __init__(self, name: str, args: NamespacesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Namespaces", name, None, opts)
        made: dict[Namespace, KubernetesNamespace] = {}
        for namespace in args.names:
            made[namespace] = KubernetesNamespace(
                namespace,
                metadata=ObjectMetaArgs(name=namespace, labels=labels(namespace), annotations=_annotations(namespace)),
                opts=guarded_child(self, args.protection, Wait.ROLLOUT),
            )
            default_deny(self, namespace, made[namespace])
        for namespace, hard in args.quotas.items():
            ResourceQuota(
                f"{namespace}-quota",
                metadata=ObjectMetaArgs(name=f"{namespace}-quota", namespace=namespace),
                spec=ResourceQuotaSpecArgs(hard=hard),
                opts=child(self, made[namespace]),
            )
        self.register_outputs({"names": [str(namespace) for namespace in args.names]})


def labels(namespace: Namespace) -> dict[str, str]:
    """The specification's labels and the Pod Security level."""
    return pod_security(namespace, "privileged" if namespace in PRIVILEGED else "restricted")


def pod_security(namespace: str, level: str) -> dict[str, str]:
    """Labels of a namespace whose pods the API server holds to ``level``."""
    return {
        "app.kubernetes.io/name": namespace,
        "app.kubernetes.io/part-of": "agent-platform",
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": level,
        "pod-security.kubernetes.io/audit": "restricted",
    }


def default_deny(parent: Resource, namespace: str, made: Resource) -> NetworkPolicy:
    """Nothing in ``namespace`` may talk but to ask for names; further policies add what may."""
    return NetworkPolicy(
        f"{namespace}-default-deny",
        metadata=ObjectMetaArgs(name="default-deny", namespace=namespace),
        spec=NetworkPolicySpecArgs(
            pod_selector=LabelSelectorArgs(), policy_types=["Ingress", "Egress"], egress=[TO_DNS]
        ),
        opts=child(parent, made),
    )


def _annotations(namespace: Namespace) -> dict[str, str] | None:
    return {"mcp-platform/privileged-because": PRIVILEGED[namespace]} if namespace in PRIVILEGED else None
