"""Edges of the pods in namespace ``monitoring``: policy name -> which pods, and to whom they talk.

Labels are kube-prometheus-stack's. node-exporter runs in the nodes' network, where no policy reaches it.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, LabelSelectorRequirementArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from contract.names import Namespace, OperatorNamespace
from infra import traffic
from infra.monitoring.names import ALERTMANAGER_PORT, GRAFANA_PORT, PROMETHEUS_PORT
from infra.monitoring.targets import Target

NAME: Final = "app.kubernetes.io/name"
PROMETHEUS: Final = {NAME: "prometheus"}
ALERTMANAGER: Final = {NAME: "alertmanager"}
GRAFANA: Final = {NAME: "grafana"}
STATE: Final = {NAME: "kube-state-metrics"}
OPERATOR: Final = {"app": "kube-prometheus-stack-operator"}
ADMISSION_JOBS: Final = ("kube-prometheus-stack-admission-create", "kube-prometheus-stack-admission-patch")

KEDA: Final = traffic.pods(OperatorNamespace.KEDA, {})
"""Asks for what it scales by."""

RELOADER: Final = 8080
STATE_METRICS: Final = 8080
WEBHOOK: Final = 10250
GOSSIP: Final = 9094
HTTPS: Final = 443
NODES: Final = (9100, 10250, 9153)
"""node-exporter and kubelet in the nodes' network, CoreDNS: no selector names a node."""


def policies(
    targets: Iterable[Target], clients: Iterable[NetworkPolicyPeerArgs] = (KEDA,), writes_to: str | None = None
) -> dict[str, NetworkPolicySpecArgs]:
    """One policy for each kind of pod.

    ``clients`` of Prometheus are those beside Grafana and itself, ``writes_to`` is the address of a monitoring stack.
    """
    return {
        "prometheus": _policy(
            LabelSelectorArgs(match_labels=PROMETHEUS),
            ingress=[
                traffic.ingress(_ours(GRAFANA), PROMETHEUS_PORT),
                *(traffic.ingress(client, PROMETHEUS_PORT) for client in clients),
                traffic.scraped(PROMETHEUS_PORT, RELOADER),
            ],
            egress=[*_scrapes(targets), _to_nodes(), traffic.TO_KUBERNETES_API, *_sends(writes_to)],
        ),
        "alertmanager": _policy(
            LabelSelectorArgs(match_labels=ALERTMANAGER),
            ingress=[
                traffic.ingress(_ours(GRAFANA), ALERTMANAGER_PORT),
                traffic.scraped(ALERTMANAGER_PORT, RELOADER),
                NetworkPolicyIngressRuleArgs(from_=[_ours(ALERTMANAGER)], ports=_gossip()),
            ],
            egress=[
                traffic.TO_PUBLIC_HTTPS,
                NetworkPolicyEgressRuleArgs(to=[_ours(ALERTMANAGER)], ports=_gossip()),
            ],
        ),
        "grafana": _policy(
            LabelSelectorArgs(match_labels=GRAFANA),
            ingress=[
                traffic.ingress(traffic.pods(Namespace.INGRESS, {}), GRAFANA_PORT),
                traffic.scraped(GRAFANA_PORT),
            ],
            egress=[
                traffic.egress(_ours(PROMETHEUS), PROMETHEUS_PORT),
                traffic.egress(_ours(ALERTMANAGER), ALERTMANAGER_PORT),
                traffic.TO_KUBERNETES_API,
            ],
        ),
        "kube-state-metrics": _policy(
            LabelSelectorArgs(match_labels=STATE),
            ingress=[traffic.scraped(STATE_METRICS)],
            egress=[traffic.TO_KUBERNETES_API],
        ),
        "prometheus-operator": _policy(
            LabelSelectorArgs(match_labels=OPERATOR),
            # The API server, whose address is the cluster's business, calls its webhook; its metrics share the port.
            ingress=[NetworkPolicyIngressRuleArgs(from_=[_anywhere()], ports=_tcp(WEBHOOK))],
            egress=[traffic.TO_KUBERNETES_API],
        ),
        "prometheus-admission": _policy(
            LabelSelectorArgs(
                match_expressions=[LabelSelectorRequirementArgs(key="app", operator="In", values=list(ADMISSION_JOBS))]
            ),
            ingress=[],
            egress=[traffic.TO_KUBERNETES_API],
        ),
    }


def _scrapes(targets: Iterable[Target]) -> Iterator[NetworkPolicyEgressRuleArgs]:
    for target in targets:
        yield traffic.egress(traffic.pods(target.namespace, {}), *target.numbers)
    yield traffic.egress(_ours(PROMETHEUS), PROMETHEUS_PORT, RELOADER)
    yield traffic.egress(_ours(ALERTMANAGER), ALERTMANAGER_PORT, RELOADER)
    yield traffic.egress(_ours(GRAFANA), GRAFANA_PORT)
    yield traffic.egress(_ours(STATE), STATE_METRICS)


def _sends(address: str | None) -> Iterator[NetworkPolicyEgressRuleArgs]:
    """A monitoring stack may have a private address."""
    if address is not None:
        yield traffic.to_anywhere(urlsplit(address).port or HTTPS)


def _ours(labels: dict[str, str]) -> NetworkPolicyPeerArgs:
    return traffic.pods(Namespace.MONITORING, labels)


def _anywhere() -> NetworkPolicyPeerArgs:
    return NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0"))


def _to_nodes() -> NetworkPolicyEgressRuleArgs:
    return NetworkPolicyEgressRuleArgs(to=[_anywhere()], ports=_tcp(*NODES))


def _tcp(*ports: int) -> list[NetworkPolicyPortArgs]:
    return [NetworkPolicyPortArgs(protocol="TCP", port=port) for port in ports]


def _gossip() -> list[NetworkPolicyPortArgs]:
    return [NetworkPolicyPortArgs(protocol=protocol, port=GOSSIP) for protocol in ("TCP", "UDP")]


def _policy(
    pods: LabelSelectorArgs,
    ingress: list[NetworkPolicyIngressRuleArgs],
    egress: list[NetworkPolicyEgressRuleArgs],
) -> NetworkPolicySpecArgs:
    return NetworkPolicySpecArgs(pod_selector=pods, policy_types=["Ingress", "Egress"], ingress=ingress, egress=egress)
