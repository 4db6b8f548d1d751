"""Namespaces of operators, and who talks to whom there.

Ports and peers are those of the charts' own pods. The API server calls webhooks from an address that is the cluster's
business, so a webhook's port is open to every address and to nothing else.
"""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
)

from contract.names import DATABASE_CLUSTER, Namespace, OperatorNamespace, Port
from infra import traffic
from infra.sections.cluster import Operator


@dataclass(frozen=True)
class OperatorRoom:
    """One namespace: for which operators it is made, and the edges of its pods beside DNS and the API server.

    Attributes:
        operators: any of them makes it.
        webhooks: ports that the API server calls.
        metrics: ports that Prometheus reads.
        ingress: further edges in.
        egress: further edges out.
    """

    operators: tuple[Operator, ...]
    webhooks: tuple[int, ...]
    metrics: tuple[int, ...]
    ingress: tuple[NetworkPolicyIngressRuleArgs, ...] = ()
    egress: tuple[NetworkPolicyEgressRuleArgs, ...] = ()


def _everywhere(*ports: int, protocols: tuple[str, ...] = ("TCP",)) -> NetworkPolicyEgressRuleArgs:
    return NetworkPolicyEgressRuleArgs(
        to=[NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0"))],
        ports=[NetworkPolicyPortArgs(protocol=protocol, port=port) for port in ports for protocol in protocols],
    )


INSTANCES: Final = {"cnpg.io/cluster": DATABASE_CLUSTER}
ROOMS: Final = {
    OperatorNamespace.CERT_MANAGER: OperatorRoom(
        operators=(Operator.CERT_MANAGER,),
        webhooks=(10250,),
        metrics=(9402,),
        # The ACME server and the zone's API; DNS-01's self-check asks the zone's own name servers.
        egress=(traffic.TO_PUBLIC_HTTPS, _everywhere(53, protocols=("UDP", "TCP"))),
    ),
    OperatorNamespace.CLOUDNATIVE_PG: OperatorRoom(
        operators=(Operator.CLOUDNATIVE_PG, Operator.BARMAN_CLOUD),
        webhooks=(9443,),
        metrics=(8080,),
        ingress=(traffic.ingress(traffic.pods(OperatorNamespace.CLOUDNATIVE_PG, {}), 9090),),
        egress=(
            traffic.egress(traffic.pods(Namespace.DATABASE, INSTANCES), Port.DATABASE, Port.DATABASE_STATUS),
            traffic.egress(traffic.pods(OperatorNamespace.CLOUDNATIVE_PG, {}), 9090),
        ),
    ),
    OperatorNamespace.KEDA: OperatorRoom(
        operators=(Operator.KEDA,),
        webhooks=(9443, 6443),
        metrics=(8080,),
        ingress=(traffic.ingress(traffic.pods(OperatorNamespace.KEDA, {}), 9666),),
        egress=(
            traffic.egress(traffic.pods(OperatorNamespace.KEDA, {}), 9666),
            traffic.egress(traffic.pods(Namespace.MONITORING, {"app.kubernetes.io/name": "prometheus"}), 9090),
        ),
    ),
    OperatorNamespace.ELASTIC: OperatorRoom(
        operators=(Operator.ELASTIC,),
        webhooks=(9443,),
        metrics=(),
        egress=(traffic.egress(traffic.pods(Namespace.LOGGING, {}), 9200),),
    ),
}
