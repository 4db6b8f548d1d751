"""Everybody who may be one end of a connection: our workloads, what operators run for us, and the outside."""

from typing import Any

from contract.names import DATABASE_CLUSTER, Namespace, OperatorNamespace
from tests.infra.network.matrix import End

OPERATED = (
    End.pods("postgresql", Namespace.DATABASE, {"cnpg.io/cluster": DATABASE_CLUSTER}),
    End.pods("elasticsearch", Namespace.LOGGING, {"elasticsearch.k8s.elastic.co/cluster-name": "elasticsearch"}),
    End.pods("kibana", Namespace.LOGGING, {"kibana.k8s.elastic.co/name": "kibana"}),
    End.pods("prometheus", Namespace.MONITORING, {"app.kubernetes.io/name": "prometheus"}),
    End.pods("alertmanager", Namespace.MONITORING, {"app.kubernetes.io/name": "alertmanager"}),
    End.pods("grafana", Namespace.MONITORING, {"app.kubernetes.io/name": "grafana"}),
    End.pods("kube-state-metrics", Namespace.MONITORING, {"app.kubernetes.io/name": "kube-state-metrics"}),
    End.pods("prometheus-operator", Namespace.MONITORING, {"app": "kube-prometheus-stack-operator"}),
    End.pods("nginx", Namespace.INGRESS, {"app.kubernetes.io/name": "nginx-ingress"}),
    End.pods("cert-manager", OperatorNamespace.CERT_MANAGER, {"app": "cert-manager"}),
    End.pods("cnpg-operator", OperatorNamespace.CLOUDNATIVE_PG, {"app.kubernetes.io/name": "cloudnative-pg"}),
    End.pods("keda", OperatorNamespace.KEDA, {"app": "keda-operator"}),
    End.pods("elastic-operator", OperatorNamespace.ELASTIC, {"control-plane": "elastic-operator"}),
)
"""Pods that charts and operators make, with the labels they give them."""
DNS = End.pods("dns", "kube-system", {"k8s-app": "kube-dns"})
STRANGER = End.pods("stranger", Namespace.ORCHESTRATION, {"app": "stranger"})
"""A pod that nobody foresaw, in the engine's own namespace."""
ELSEWHERE = End.pods("elsewhere", "default", {"app": "anything"})
INTERNET = End("internet", address="93.184.216.34")
METADATA = End("metadata", address="169.254.169.254")
"""Credentials of the node, in every cloud."""
OUTSIDE = (INTERNET, METADATA)
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def actors(region: list[Any]) -> list[End]:
    """All of them, for a region's objects; agents are one, since they have the same edges."""
    found: dict[str, End] = {}
    for each in region:
        if each.kind in WORKLOADS:
            labels = each.pod["metadata"]["labels"]
            name = "agent" if each.key[1] == Namespace.AGENTS else labels["app"]
            found[name] = End.pods(name, each.key[1], labels)
    return [*found.values(), *OPERATED, DNS, STRANGER, ELSEWHERE, *OUTSIDE]
