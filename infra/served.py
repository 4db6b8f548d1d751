"""A stateless workload behind a Service: what engine and agents have in common as objects.

Deployment without ``replicas`` where an autoscaler owns them; Service, autoscaler, disruption budget, network policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi import Resource
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs
from pulumi_kubernetes.core.v1 import Service, ServiceAccount, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicySpecArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from contract.names import Namespace
from infra import recommending, scaling
from infra.options import Wait, child, timed_child
from infra.pods import Workload, pod_template
from infra.presets import Replicas
from infra.sections.cluster import Operator
from infra.settings import Settings
from infra.waiting import wait_annotations


@dataclass(frozen=True)
class Scaling:
    """Between which bounds and by what a workload scales; its HPA is called ``autoscaler``."""

    autoscaler: str
    replicas: Replicas
    utilizations: tuple[scaling.Utilization, ...]
    queries: tuple[scaling.Query, ...]


@dataclass(frozen=True)
class Served:
    """One such workload. ``name`` is its Deployment's and its service account's."""

    name: str
    namespace: Namespace
    workload: Workload
    selector: Mapping[str, str]
    service: str
    ports: tuple[ServicePortArgs, ...]
    scaling: Scaling
    recommender: str
    """Name of the VerticalPodAutoscaler."""
    bounds: recommending.Bounds
    policy: str
    """Name of the network policy."""
    edges: NetworkPolicySpecArgs
    service_labels: Mapping[str, str] = field(default_factory=dict[str, str])


def serve(parent: Resource, served: Served, settings: Settings) -> None:
    """Make the objects of ``served`` as children of ``parent``."""
    selector = LabelSelectorArgs(match_labels=dict(served.selector))
    annotations = wait_annotations(settings.waiting)
    autoscaled = settings.cluster.has(Operator.KEDA)
    plain = ObjectMetaArgs(name=served.name, namespace=served.namespace)
    account = ServiceAccount(served.name, metadata=plain, automount_service_account_token=False, opts=child(parent))
    deployment = Deployment(
        served.name,
        metadata=ObjectMetaArgs(
            name=served.name, namespace=served.namespace, labels=dict(served.workload.labels), annotations=annotations
        ),
        spec=DeploymentSpecArgs(
            replicas=None if autoscaled else served.scaling.replicas.min,
            selector=selector,
            template=pod_template(served.workload),
        ),
        opts=timed_child(parent, Wait.ROLLOUT, account),
    )
    Service(
        served.service,
        metadata=ObjectMetaArgs(
            name=served.service,
            namespace=served.namespace,
            labels=dict(served.service_labels) or None,
            annotations=annotations,
        ),
        spec=ServiceSpecArgs(type="ClusterIP", selector=dict(served.selector), ports=list(served.ports)),
        opts=timed_child(parent, Wait.ROLLOUT, deployment),
    )
    if autoscaled:
        CustomResource(
            f"{served.name}-scaling",
            api_version=scaling.API_VERSION,
            kind=scaling.KIND,
            metadata=plain,
            spec=scaling.scaled_object(
                served.name,
                served.scaling.autoscaler,
                served.scaling.replicas,
                served.scaling.utilizations,
                served.scaling.queries,
                settings.monitoring.enabled,
            ),
            opts=child(parent, deployment),
        )
    if settings.autoscaling.recommendations.is_on:
        CustomResource(
            served.recommender,
            api_version=recommending.API_VERSION,
            kind=recommending.KIND,
            metadata=ObjectMetaArgs(name=served.recommender, namespace=served.namespace),
            spec=recommending.recommender(served.name, served.workload.name, served.bounds),
            opts=child(parent, deployment),
        )
    PodDisruptionBudget(
        served.name,
        metadata=plain,
        spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=selector),
        opts=child(parent),
    )
    NetworkPolicy(
        served.policy,
        metadata=ObjectMetaArgs(name=served.policy, namespace=served.namespace),
        spec=served.edges,
        opts=child(parent),
    )
