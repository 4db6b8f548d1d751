"""Who talks to whom in namespace ``monitoring``: before the chart, whose pods and hooks need it."""

from dataclasses import dataclass

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from contract.names import Namespace
from infra.monitoring.policies import policies
from infra.monitoring.targets import targets
from infra.options import child
from infra.sections.cluster import Operator
from infra.settings import Settings


@dataclass(frozen=True)
class MonitoringNetworkArgs:
    """The region's settings: they say which jobs there are."""

    settings: Settings


class MonitoringNetwork(ComponentResource):
    """Refuses any other way in or out: namespace ``monitoring`` denies by default."""

    def __init__(self, name: str, args: MonitoringNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:MonitoringNetwork", name, None, opts)
        made = policies(targets(args.settings, ()), writes_to=args.settings.monitoring.remote_write)
        for policy, spec in made.items():
            NetworkPolicy(
                f"{Namespace.MONITORING}-{policy}",
                metadata=ObjectMetaArgs(name=policy, namespace=Namespace.MONITORING),
                spec=spec,
                opts=child(self),
            )
        self.register_outputs({"policies": list(made)})


def has_policies(settings: Settings) -> bool:
    """Whether there is a Prometheus to let in and out."""
    return settings.cluster.has(Operator.PROMETHEUS)
