"""Who talks to whom in a monitoring stack. As in a region, but for NGINX, which lets regions in."""

from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgs

from contract.names import Namespace, Port
from infra import traffic
from infra.central.settings import ObservatorySettings
from infra.central.targets import targets
from infra.ingress.controller import LABELS
from infra.ingress.network import TO_GRAFANA, TO_KIBANA, edges
from infra.logs import elasticsearch
from infra.logs.network import store_policies
from infra.monitoring.names import PROMETHEUS_PORT
from infra.monitoring.policies import PROMETHEUS, policies

NGINX = traffic.pods(Namespace.INGRESS, LABELS)


def network(settings: ObservatorySettings) -> dict[Namespace, dict[str, NetworkPolicySpecArgs]]:
    """Namespace -> name -> policy, beside each namespace's default of nothing."""
    backends = [
        TO_GRAFANA,
        TO_KIBANA,
        traffic.egress(traffic.pods(Namespace.MONITORING, PROMETHEUS), PROMETHEUS_PORT),
        traffic.egress(traffic.pods(Namespace.LOGGING, elasticsearch.LABELS), Port.ELASTICSEARCH),
    ]
    return {
        Namespace.INGRESS: {"controller": edges(settings.ingress.client_address, backends)},
        Namespace.MONITORING: policies(targets(settings), [NGINX]),
        Namespace.LOGGING: store_policies(NGINX),
    }
