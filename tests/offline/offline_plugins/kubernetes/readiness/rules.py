"""Which kinds are waited for, by which rule, and for how long."""

from dataclasses import dataclass

from offline_plugins.kubernetes.readiness.completed import definition, quota, secret
from offline_plugins.kubernetes.readiness.deployments import deployment
from offline_plugins.kubernetes.readiness.ingresses import ingress
from offline_plugins.kubernetes.readiness.jobs import job
from offline_plugins.kubernetes.readiness.pods import pod
from offline_plugins.kubernetes.readiness.replicas import daemon_set, replication_controller, stateful_set
from offline_plugins.kubernetes.readiness.services import service
from offline_plugins.kubernetes.readiness.storage import claim, volume
from offline_plugins.kubernetes.readiness.verdict import Rule

DEFAULT_SECONDS = 600.0


@dataclass(frozen=True)
class BuiltIn:
    """How one kind is waited for.

    Attributes:
        rule: says whether it is ready.
        seconds: how long that may take.
        refreshed: a refresh asks again.
    """

    rule: Rule
    seconds: float = DEFAULT_SECONDS
    refreshed: bool = True


RULES: dict[str, BuiltIn] = {
    "apps/v1/DaemonSet": BuiltIn(daemon_set),
    "apps/v1/Deployment": BuiltIn(deployment),
    "apps/v1/StatefulSet": BuiltIn(stateful_set),
    "batch/v1/Job": BuiltIn(job),
    "networking.k8s.io/v1/Ingress": BuiltIn(ingress),
    "v1/Pod": BuiltIn(pod),
    "v1/Service": BuiltIn(service),
    "v1/PersistentVolume": BuiltIn(volume, 300.0, refreshed=False),
    "v1/PersistentVolumeClaim": BuiltIn(claim, 300.0, refreshed=False),
    "v1/ReplicationController": BuiltIn(replication_controller, refreshed=False),
    "v1/ResourceQuota": BuiltIn(quota, 60.0, refreshed=False),
    "v1/Secret": BuiltIn(secret, 5.0, refreshed=False),
    # Not the real provider's: it makes objects of a kind again that is not served yet.
    "apiextensions.k8s.io/v1/CustomResourceDefinition": BuiltIn(definition, 30.0, refreshed=False),
}
"""Version and kind -> rule, for the versions that a present API server serves. Others are not waited for."""
