"""Who talks to NGINX and whom it talks to: before the chart, whose pods need the API server to get ready."""

from dataclasses import dataclass

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from contract.names import Namespace
from infra.ingress.network import policy
from infra.options import child
from infra.settings import Settings


@dataclass(frozen=True)
class EntranceNetworkArgs:
    """The region's settings: whose word about clients is taken, and which backends there are."""

    settings: Settings


class EntranceNetwork(ComponentResource):
    """Refuses any other way in or out: namespace ``ingress-nginx`` denies by default."""

    def __init__(self, name: str, args: EntranceNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:EntranceNetwork", name, None, opts)
        NetworkPolicy(
            f"{Namespace.INGRESS}-controller",
            metadata=ObjectMetaArgs(name="controller", namespace=Namespace.INGRESS),
            spec=policy(args.settings),
            opts=child(self),
        )
        self.register_outputs({"policies": ["controller"]})
