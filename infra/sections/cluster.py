"""Where the region's Kubernetes API comes from, and what runs there beside the platform."""

from enum import StrEnum

from pydantic import Field

from infra.sections.section import OnOff, Section, Switch


class Operator(StrEnum):
    """What the platform's objects need somebody to act on; the values are the keys of ``cluster.operators``."""

    CERT_MANAGER = "certManager"
    """Issues certificates."""
    INGRESS_NGINX = "ingressNginx"
    """Serves the Ingress objects."""
    KEDA = "keda"
    """Owns the number of replicas."""
    CLOUDNATIVE_PG = "cloudnativePg"
    """Runs the database."""
    BARMAN_CLOUD = "barmanCloud"
    """CloudNativePG's plugin that archives to an object store."""
    PROMETHEUS = "prometheus"
    """prometheus-operator with Prometheus, Alertmanager and Grafana."""
    ELASTIC = "elastic"
    """Elastic Cloud on Kubernetes: runs Elasticsearch and Kibana."""
    METRICS_SERVER = "metricsServer"
    """CPU and memory of pods, for autoscalers."""
    VERTICAL_POD_AUTOSCALER = "verticalPodAutoscaler"
    """Recommends requests."""
    CLUSTER_AUTOSCALER = "clusterAutoscaler"
    """Adds and removes nodes; where the cloud does not do that itself."""


class Presence(StrEnum):
    """Who runs an operator."""

    STACK = "stack"
    """This stack installs its chart."""
    CLUSTER = "cluster"
    """The cluster runs it already."""
    NONE = "none"
    """Nobody: nothing is waited for that it would do, and what needs it is not made."""


class Operators(Section):
    """Each operator's presence."""

    cert_manager: Presence = Presence.STACK
    """Issues certificates."""
    ingress_nginx: Presence = Presence.STACK
    """NGINX Ingress Controller: serves the Ingress objects."""
    keda: Presence = Presence.STACK
    """Owns the number of replicas; without it they are fixed at their minimum."""
    cloudnative_pg: Presence = Presence.STACK
    """Runs the database."""
    barman_cloud: Presence = Presence.STACK
    """CloudNativePG's plugin that archives to an object store."""
    prometheus: Presence = Presence.STACK
    """prometheus-operator with Prometheus, Alertmanager and Grafana."""
    elastic: Presence = Presence.STACK
    """Elastic Cloud on Kubernetes: runs Elasticsearch and Kibana."""
    metrics_server: Presence = Presence.STACK
    """CPU and memory of pods, for autoscalers."""
    vertical_pod_autoscaler: Presence = Presence.STACK
    """Recommends requests."""
    cluster_autoscaler: Presence = Presence.NONE
    """On an existing cluster nobody knows its node groups; a cluster that a stack makes brings it."""

    def presence(self, operator: Operator) -> Presence:
        """Who runs ``operator``."""
        return Presence(self.model_dump(by_alias=True)[operator])


class ExistingCluster(Section):
    """A cluster that somebody else manages and a kubeconfig reaches."""

    kubeconfig: str = Field(min_length=1)
    """Path of a kubeconfig; ``$NAME`` takes the path from an environment variable, ``~`` is the home directory."""
    context: str | None = None
    """Context in it; without one its current context."""
    adopt: OnOff = Switch.OFF
    """On: an object that exists already, or a field that somebody else has set since, becomes the stack's.

    Off: both are refused, since they may be somebody else's for a reason.
    """


class Cluster(Section):
    """Where the region's Kubernetes API comes from."""

    existing: ExistingCluster
    """A cluster that a kubeconfig reaches."""
    identifier: str = Field(min_length=1, max_length=100)
    """Identity of the cluster: another identifier means other objects, another kubeconfig for the same one does not."""
    operators: Operators = Operators()
    """Who runs each operator."""

    def has(self, operator: Operator) -> bool:
        """Whether anybody runs ``operator``."""
        return self.operators.presence(operator) is not Presence.NONE
