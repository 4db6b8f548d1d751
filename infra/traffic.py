"""Edges of network policies. Namespaces are told apart by the label Kubernetes itself sets."""

from typing import Final

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
)

from contract.names import Namespace
from infra.sections.backup import StoreKind

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
NOT_PUBLIC: Final = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""Private networks and cloud metadata: a call to a public API needs none of them."""


def pods(namespace: str, labels: dict[str, str]) -> NetworkPolicyPeerArgs:
    """Pods with ``labels`` in ``namespace``; every pod of it where labels are empty."""
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_labels={NAMESPACE_LABEL: namespace}),
        pod_selector=LabelSelectorArgs(match_labels=labels) if labels else None,
    )


def ingress(peer: NetworkPolicyPeerArgs, *ports: int) -> NetworkPolicyIngressRuleArgs:
    """``peer`` may open TCP connections to ``ports``."""
    return NetworkPolicyIngressRuleArgs(from_=[peer], ports=_tcp(ports))


def egress(peer: NetworkPolicyPeerArgs, *ports: int) -> NetworkPolicyEgressRuleArgs:
    """TCP connections to ``ports`` of ``peer``."""
    return NetworkPolicyEgressRuleArgs(to=[peer], ports=_tcp(ports))


def scraped(*ports: int) -> NetworkPolicyIngressRuleArgs:
    """Prometheus may read metrics on ``ports``."""
    return ingress(pods(Namespace.MONITORING, {"app.kubernetes.io/name": "prometheus"}), *ports)


def to_anywhere(*ports: int) -> NetworkPolicyEgressRuleArgs:
    """TCP connections to ``ports`` of any address, private ones too: for a server that only settings name."""
    return NetworkPolicyEgressRuleArgs(
        to=[NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0"))], ports=_tcp(ports)
    )


def to_identity(store: StoreKind) -> NetworkPolicyEgressRuleArgs:
    """To whoever gives a pod its cloud identity: EKS Pod Identity's agent, GKE's metadata server."""
    address = {StoreKind.S3: "169.254.170.23/32", StoreKind.GCS: "169.254.169.254/32"}[store]
    return NetworkPolicyEgressRuleArgs(
        to=[NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=address))], ports=_tcp((80,))
    )


def _tcp(ports: tuple[int, ...]) -> list[NetworkPolicyPortArgs]:
    return [NetworkPolicyPortArgs(protocol="TCP", port=port) for port in ports]


TO_DNS: Final = NetworkPolicyEgressRuleArgs(
    to=[pods("kube-system", {"k8s-app": "kube-dns"})],
    ports=[NetworkPolicyPortArgs(protocol=protocol, port=53) for protocol in ("UDP", "TCP")],
)
TO_PUBLIC_HTTPS: Final = NetworkPolicyEgressRuleArgs(
    to=[NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0", except_=list(NOT_PUBLIC)))],
    ports=_tcp((443,)),
)
TO_KUBERNETES_API: Final = NetworkPolicyEgressRuleArgs(
    # The API server's address is the cluster's business and no pod's, so no selector can name it.
    to=[NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0"))],
    ports=_tcp((443, 6443)),
)
