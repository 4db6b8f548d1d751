"""Who opens a connection to whom in namespace ``logging``."""

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

from contract.names import ELASTICSEARCH, FLUENTD, KIBANA, LOG_BOOTSTRAP_JOB, Namespace, OperatorNamespace, Port
from infra import traffic
from infra.logs import bootstrap, collector, elasticsearch, kibana
from infra.logs.fluentd import HTTPS
from infra.settings import Settings

TO_STORE: Final = traffic.egress(traffic.pods(Namespace.LOGGING, elasticsearch.LABELS), Port.ELASTICSEARCH)
TO_CENTRAL: Final = NetworkPolicyEgressRuleArgs(
    # A central stack may have a private address; the cloud's metadata server has none of these.
    to=[NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0", except_=["169.254.0.0/16"]))],
    ports=[NetworkPolicyPortArgs(protocol="TCP", port=HTTPS)],
)


def policies(settings: Settings) -> dict[str, NetworkPolicySpecArgs]:
    """Name -> policy."""
    forward = [TO_CENTRAL] if settings.logging.forward is not None else []
    fluentd = _policy(collector.LABELS, [traffic.scraped(Port.FLUENTD_METRICS)], [TO_STORE, *forward])
    return store_policies(traffic.pods(Namespace.LOGGING, collector.LABELS)) | {f"{FLUENTD}-netpol": fluentd}


def store_policies(writer: NetworkPolicyPeerArgs) -> dict[str, NetworkPolicySpecArgs]:
    """Of the store, its pages and its Job; ``writer`` brings the lines."""
    return {
        f"{ELASTICSEARCH}-netpol": _store(writer),
        f"{KIBANA}-netpol": _policy(
            kibana.LABELS, [traffic.ingress(traffic.pods(Namespace.INGRESS, {}), Port.KIBANA)], [TO_STORE]
        ),
        f"{LOG_BOOTSTRAP_JOB}-netpol": _policy(bootstrap.LABELS, [], [TO_STORE]),
    }


def _store(writer: NetworkPolicyPeerArgs) -> NetworkPolicySpecArgs:
    nodes = traffic.pods(Namespace.LOGGING, elasticsearch.LABELS)
    clients = (
        writer,
        *(
            traffic.pods(Namespace.LOGGING, labels)
            for labels in (kibana.LABELS, bootstrap.LABELS, elasticsearch.LABELS)
        ),
        traffic.pods(OperatorNamespace.ELASTIC, {}),
    )
    return _policy(
        elasticsearch.LABELS,
        [
            *(traffic.ingress(client, Port.ELASTICSEARCH) for client in clients),
            traffic.ingress(nodes, Port.ELASTICSEARCH_TRANSPORT),
        ],
        [traffic.egress(nodes, Port.ELASTICSEARCH, Port.ELASTICSEARCH_TRANSPORT)],
    )


def _policy(
    labels: dict[str, str],
    ingress: list[NetworkPolicyIngressRuleArgs],
    egress: list[NetworkPolicyEgressRuleArgs],
) -> NetworkPolicySpecArgs:
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=labels),
        policy_types=["Ingress", "Egress"],
        ingress=ingress,
        egress=egress,
    )
