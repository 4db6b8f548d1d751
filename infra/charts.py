"""Every third-party image and chart, pinned once."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Chart:
    """A Helm chart and where its release lives.

    Attributes:
        name: of the release.
        chart: name in ``repository``, or an ``oci://`` reference with an empty repository.
        version: of the chart, exact.
        namespace: of the release.
    """

    name: str
    chart: str
    version: str
    repository: str
    namespace: str


POSTGRESQL: Final = "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie"
"""Operand of CloudNativePG, the one its release 1.30.0 is made for: the major version of production, pinned once."""
VALKEY: Final = "docker.io/valkey/valkey:9.1.1-alpine"
"""BSD-licensed server of the Redis protocol."""
HAPROXY: Final = "docker.io/library/haproxy:3.2.25-alpine"
"""Of the branch with long-term support."""
REDIS_EXPORTER: Final = "docker.io/oliver006/redis_exporter:v1.88.0"
ELASTICSEARCH: Final = "docker.elastic.co/elasticsearch/elasticsearch:9.5.3"
"""Its tag is the version that the operator is told; Kibana's is the same one."""
KIBANA: Final = "docker.elastic.co/kibana/kibana:9.5.3"
FLUENTD: Final = "docker.io/fluent/fluentd-kubernetes-daemonset:v1.19.3-debian-elasticsearch9-1.1"
"""Its elasticsearch gem is 9.5.0 and its plugin 6.0.0: an older major is refused by Elasticsearch 9."""

CERT_MANAGER: Final = Chart("cert-manager", "cert-manager", "v1.21.2", "https://charts.jetstack.io", "cert-manager")
CLOUDNATIVE_PG: Final = Chart(
    "cloudnative-pg", "cloudnative-pg", "0.29.0", "https://cloudnative-pg.github.io/charts", "cnpg-system"
)
"""Of the operator's release 1.30.0."""
BARMAN_CLOUD: Final = Chart(
    "plugin-barman-cloud", "plugin-barman-cloud", "0.7.0", "https://cloudnative-pg.github.io/charts", "cnpg-system"
)
"""Of the plugin's release v0.13.0, the contemporary of CloudNativePG 1.30.0."""
KEDA: Final = Chart("keda", "keda", "2.21.1", "https://kedacore.github.io/charts", "keda")
METRICS_SERVER: Final = Chart(
    "metrics-server", "metrics-server", "3.13.1", "https://kubernetes-sigs.github.io/metrics-server", "kube-system"
)
VERTICAL_POD_AUTOSCALER: Final = Chart(
    "vertical-pod-autoscaler",
    "vertical-pod-autoscaler",
    "0.13.0",
    "https://kubernetes.github.io/autoscaler",
    "kube-system",
)
CLUSTER_AUTOSCALER: Final = Chart(
    "cluster-autoscaler", "cluster-autoscaler", "9.59.0", "https://kubernetes.github.io/autoscaler", "kube-system"
)
PROMETHEUS_CRDS: Final = Chart(
    "prometheus-operator-crds",
    "prometheus-operator-crds",
    "31.0.1",
    "https://prometheus-community.github.io/helm-charts",
    "monitoring",
)
"""Definitions of prometheus-operator 0.93.1, before the stack, whose own copy Helm would never upgrade."""
PROMETHEUS: Final = Chart(
    "kube-prometheus-stack",
    "kube-prometheus-stack",
    "88.5.3",
    "https://prometheus-community.github.io/helm-charts",
    "monitoring",
)
ELASTIC: Final = Chart("elastic-operator", "eck-operator", "3.5.0", "https://helm.elastic.co", "elastic-system")
NGINX_INGRESS: Final = Chart("nginx-ingress", "oci://ghcr.io/nginx/charts/nginx-ingress", "2.6.4", "", "ingress-nginx")
"""Of the controller's release 5.5.4, whose image its tag names."""
