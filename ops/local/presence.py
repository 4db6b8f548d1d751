"""Which operators a cluster has, in the settings' words, and what the stack does without the others."""

from typing import Final

from infra.sections.cluster import Operator
from ops.controlplane.api import Api, Json
from ops.local.failure import LocalError
from ops.toolchain.operators import OperatorName

INSTALLED_HERE: Final = {
    Operator.CERT_MANAGER: OperatorName.CERT_MANAGER,
    Operator.KEDA: OperatorName.KEDA,
    Operator.CLOUDNATIVE_PG: OperatorName.CLOUDNATIVE_PG,
    Operator.PROMETHEUS: OperatorName.PROMETHEUS,
    Operator.METRICS_SERVER: OperatorName.METRICS_SERVER,
}
"""Operators that `make up` can install on a node."""
API_GROUPS: Final = {
    Operator.CERT_MANAGER: "cert-manager.io",
    Operator.KEDA: "keda.sh",
    Operator.CLOUDNATIVE_PG: "postgresql.cnpg.io",
    Operator.BARMAN_CLOUD: "barmancloud.cnpg.io",
    Operator.PROMETHEUS: "monitoring.coreos.com",
    Operator.ELASTIC: "elasticsearch.k8s.elastic.co",
    Operator.METRICS_SERVER: "metrics.k8s.io",
    Operator.VERTICAL_POD_AUTOSCALER: "autoscaling.k8s.io",
}
"""What a cluster serves that has the operator."""
INDISPENSABLE: Final = {Operator.CLOUDNATIVE_PG: "CloudNativePG", Operator.CERT_MANAGER: "cert-manager"}
INGRESS_CLASS: Final = "nginx"


def present(api: Api, chosen: tuple[OperatorName, ...]) -> list[Operator]:
    """Those installed here, or those whose definitions a cluster of its own has.

    Raises:
        LocalError: the cluster has no CloudNativePG or no cert-manager, without which no stack can be made.
    """
    if chosen:
        return [operator for operator, name in INSTALLED_HERE.items() if name in chosen]
    groups = {each["name"] for each in api.request("GET", "/apis")["groups"]}
    for operator, name in INDISPENSABLE.items():
        if API_GROUPS[operator] not in groups:
            raise LocalError(f"The cluster has no {name}: install it there first, or choose CLUSTER=node or kind.")
    found = [operator for operator, group in API_GROUPS.items() if group in groups]
    classes = {each["metadata"]["name"] for each in api.list("networking.k8s.io/v1", "IngressClass")}
    return [*found, Operator.INGRESS_NGINX] if INGRESS_CLASS in classes else found


def settings_for(operators: list[Operator]) -> Json:
    """Part of the settings: these operators are the cluster's, and what only the others would act on is off."""

    def switch(operator: Operator) -> str:
        return "on" if operator in operators else "off"

    return {
        "cluster": {"operators": {each.value: "cluster" if each in operators else "none" for each in Operator}},
        "monitoring": {"enabled": switch(Operator.PROMETHEUS)},
        "logging": {"enabled": switch(Operator.ELASTIC)},
        "backup": {"enabled": switch(Operator.BARMAN_CLOUD)},
        "autoscaling": {"recommendations": switch(Operator.VERTICAL_POD_AUTOSCALER)},
    }
