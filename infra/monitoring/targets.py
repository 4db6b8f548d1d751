"""What Prometheus reads of the platform: one entry for each job, from which monitors and network policies are made.

The first three jobs are the specification's ("Prometheus Configuration"). Ports and labels of third parties are their
charts': see each entry's ``source``. What kube-prometheus-stack reads by itself is not here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract.names import DATABASE_CLUSTER, ENGINE, FLUENTD, Namespace, OperatorNamespace, Port, slug
from infra.sections.cluster import Operator
from infra.settings import Settings

Selector = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """Pods that one job reads.

    Attributes:
        job: value of label ``job``; also the monitor's name.
        namespace: of the pods.
        selector: LabelSelector of the pods, as a manifest has it.
        port: name of the container's port.
        numbers: what that port is on these pods, for network policies.
        source: who gives the port and the labels.
        honor_labels: keep a label ``namespace`` of a metric, which names what the metric is about, not who tells.
        relabelings: what the pod is called beyond its own name.
    """

    job: str
    namespace: str
    selector: Selector
    port: str
    numbers: tuple[int, ...]
    source: str
    honor_labels: bool = False
    relabelings: tuple[dict[str, Any], ...] = field(default=())


def targets(settings: Settings, roles: tuple[str, ...]) -> tuple[Target, ...]:
    """Every job of a region with these role ids."""
    return (*_platform(roles), *_logs(settings), *_operators(settings))


def _platform(roles: tuple[str, ...]) -> Iterator[Target]:
    yield Target(
        job="orchestration-engine",
        namespace=Namespace.ORCHESTRATION,
        selector=_labels(app=ENGINE),
        port="http",
        numbers=(Port.HTTP,),
        source="infra/components/engine.py",
    )
    yield Target(
        job="mcp-agents",
        namespace=Namespace.AGENTS,
        selector={"matchExpressions": [{"key": "role", "operator": "Exists"}]},
        port="mcp-port",
        numbers=(Port.AGENT,),
        source="infra/components/agent.py",
        relabelings=tuple(_role(role) for role in roles),
    )
    yield Target(
        job="postgresql",
        namespace=Namespace.DATABASE,
        selector=_labels(**{"cnpg.io/cluster": DATABASE_CLUSTER, "cnpg.io/podRole": "instance"}),
        port="metrics",
        numbers=(Port.DATABASE_METRICS,),
        source="cloudnative-pg pkg/specs/podmonitor.go; the Barman plugin's metrics come with it",
    )
    yield Target(
        job="redis",
        namespace=Namespace.CACHE,
        selector={"matchExpressions": [{"key": "app", "operator": "In", "values": ["redis-cache", "redis-proxy"]}]},
        port="metrics",
        numbers=(Port.CACHE_METRICS, Port.CACHE_PROXY_METRICS),
        source="infra/components/cache_pods.py: an exporter beside each server, and the proxy itself",
    )


def _logs(settings: Settings) -> Iterator[Target]:
    if settings.logging.enabled.is_on:
        yield Target(
            job="fluentd",
            namespace=Namespace.LOGGING,
            selector=_labels(app=FLUENTD),
            port="metrics",
            numbers=(Port.FLUENTD_METRICS,),
            source="infra/logs/collector.py",
        )


def _operators(settings: Settings) -> Iterator[Target]:
    """Those that the stack installs: where they are another's, so are their names and namespaces."""
    for operator, target in OPERATORS.items():
        if settings.installs(operator):
            yield target


def _labels(**labels: str) -> Selector:
    return {"matchLabels": labels}


def _role(role: str) -> dict[str, Any]:
    """Label ``agent_role`` as the engine's metrics have it, which no rule can make of the pod's label by itself."""
    return {
        "sourceLabels": ["__meta_kubernetes_pod_label_role"],
        "regex": slug(role),
        "targetLabel": "agent_role",
        "replacement": role,
    }


OPERATORS: dict[Operator, Target] = {
    Operator.CERT_MANAGER: Target(
        job="cert-manager",
        namespace=OperatorNamespace.CERT_MANAGER,
        selector={
            "matchExpressions": [
                {
                    "key": "app.kubernetes.io/name",
                    "operator": "In",
                    "values": ["cert-manager", "cainjector", "webhook"],
                }
            ]
        },
        port="http-metrics",
        numbers=(9402,),
        source="cert-manager deploy/charts/cert-manager/templates/podmonitor.yaml",
        honor_labels=True,
    ),
    Operator.INGRESS_NGINX: Target(
        job="nginx-ingress",
        namespace=Namespace.INGRESS,
        selector=_labels(**{"app.kubernetes.io/name": "nginx-ingress"}),
        port="prometheus",
        numbers=(9113,),
        source="nginx/kubernetes-ingress charts/nginx-ingress/templates/controller-deployment.yaml",
    ),
    Operator.CLOUDNATIVE_PG: Target(
        job="cloudnative-pg",
        namespace=OperatorNamespace.CLOUDNATIVE_PG,
        selector=_labels(**{"app.kubernetes.io/name": "cloudnative-pg"}),
        port="metrics",
        numbers=(8080,),
        source="cloudnative-pg/charts charts/cloudnative-pg/templates/podmonitor.yaml",
        honor_labels=True,
    ),
    Operator.KEDA: Target(
        job="keda",
        namespace=OperatorNamespace.KEDA,
        selector=_labels(app="keda-operator"),
        port="metrics",
        numbers=(8080,),
        source="kedacore/charts keda/templates/manager/podmonitor.yaml",
        honor_labels=True,
    ),
}
