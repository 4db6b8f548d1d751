"""Who talks to NGINX, and whom it talks to."""

from typing import Final

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from contract.names import ENGINE, KIBANA, Namespace, Port
from infra import traffic
from infra.ingress.controller import LABELS, METRICS_PORT
from infra.monitoring.names import GRAFANA_PORT
from infra.sections.ingress import ClientAddress
from infra.settings import Settings

TO_GRAFANA: Final = traffic.egress(
    traffic.pods(Namespace.MONITORING, {"app.kubernetes.io/name": "grafana"}), GRAFANA_PORT
)
TO_KIBANA: Final = traffic.egress(traffic.pods(Namespace.LOGGING, {"kibana.k8s.elastic.co/name": KIBANA}), Port.KIBANA)


def policy(settings: Settings) -> NetworkPolicySpecArgs:
    """Edges of NGINX's pods in a region."""
    return edges(settings.ingress.client_address, _backends(settings))


def edges(address: ClientAddress, backends: list[NetworkPolicyEgressRuleArgs]) -> NetworkPolicySpecArgs:
    """Edges of NGINX's pods; the namespace lets nothing else through but questions for names."""
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=LABELS),
        policy_types=["Ingress", "Egress"],
        ingress=[_clients(address), traffic.scraped(METRICS_PORT)],
        egress=[traffic.TO_KUBERNETES_API, *backends],
    )


def _clients(address: ClientAddress) -> NetworkPolicyIngressRuleArgs:
    """Everybody; where a load balancer speaks for them, nobody but it."""
    return NetworkPolicyIngressRuleArgs(
        from_=[
            NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=network)) for network in address.trusted or ("0.0.0.0/0",)
        ],
        ports=[NetworkPolicyPortArgs(protocol="TCP", port=port) for port in (80, 443)],
    )


def _backends(settings: Settings) -> list[NetworkPolicyEgressRuleArgs]:
    backends = [traffic.egress(traffic.pods(Namespace.ORCHESTRATION, {"app": ENGINE}), Port.HTTP, Port.WEBSOCKET)]
    if settings.monitoring.enabled.is_on:
        backends.append(TO_GRAFANA)
    if settings.logging.enabled.is_on:
        backends.append(TO_KIBANA)
    return backends
