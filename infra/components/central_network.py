"""Who talks to whom in a monitoring stack: before the charts, whose pods and hooks need it."""

from dataclasses import dataclass

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.central.network import network
from infra.central.settings import ObservatorySettings
from infra.options import child


@dataclass(frozen=True)
class CentralNetworkArgs:
    """The stack's settings: whose word about clients is taken, and what is read."""

    settings: ObservatorySettings


class CentralNetwork(ComponentResource):
    """Refuses any other way in or out: every namespace denies by default."""

    def __init__(self, name: str, args: CentralNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:CentralNetwork", name, None, opts)
        for namespace, policies in network(args.settings).items():
            for policy, spec in policies.items():
                NetworkPolicy(
                    f"{namespace}-{policy}",
                    metadata=ObjectMetaArgs(name=policy, namespace=namespace),
                    spec=spec,
                    opts=child(self),
                )
        self.register_outputs({})
