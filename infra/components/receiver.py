"""The way by which regions' metrics come in."""

from dataclasses import dataclass

from pulumi import ComponentResource, ResourceOptions

from infra.central.settings import ObservatorySettings
from infra.central.sites import metrics_site
from infra.components.sites import certificate, publish


@dataclass(frozen=True)
class ReceiverArgs:
    """The stack's settings."""

    settings: ObservatorySettings


class Receiver(ComponentResource):
    """One path of one host, for those who know a password. Refuses to publish anything else of Prometheus."""

    def __init__(self, name: str, args: ReceiverArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Receiver", name, None, opts)
        site = metrics_site(args.settings)
        trusted = certificate(self, site.tls_secret, site.namespace, [site.host], args.settings)
        publish(self, site, args.settings, trusted)
        self.register_outputs({"host": site.host})
