"""The way in: the engine's two hosts, and the probe of the load balancers in front of NGINX."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import Ingress, IngressSpecArgs

from contract.annotations import POLICY_EXEMPT
from contract.names import INGRESS, Namespace
from infra.components.sites import certificate, publish, rule
from infra.ingress.annotations import probe_annotations
from infra.ingress.controller import CLASS
from infra.ingress.sites import READY, TLS_SECRET, sites
from infra.options import Wait, timed_child
from infra.sections.cluster import Operator
from infra.settings import Settings
from infra.waiting import wait_annotations, waiting_for

WHY_PLAIN: Final = "traffic-is-encrypted: load balancers ask /ready by address and without TLS; nothing else answers"


@dataclass(frozen=True)
class EntranceArgs:
    """The region's settings."""

    settings: Settings


class Entrance(ComponentResource):
    """Refuses configuration snippets, which would let an Ingress rewrite the whole controller."""

    def __init__(self, name: str, args: EntranceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Entrance", name, None, opts)
        settings = args.settings
        hosts = [site.host for site in sites(settings)]
        trusted = certificate(self, TLS_SECRET, Namespace.ORCHESTRATION, hosts, settings)
        for site in sites(settings):
            publish(self, site, settings, trusted)
        if settings.installs(Operator.INGRESS_NGINX):
            # A controller of the cluster's own may refuse an Ingress without a host, and serves others' hosts too.
            self._probe(settings)
        self.register_outputs({"hosts": hosts})

    def _probe(self, settings: Settings) -> None:
        name = f"{INGRESS}-probe"
        annotations = probe_annotations() | {POLICY_EXEMPT: WHY_PLAIN}
        waiting = wait_annotations(waiting_for(settings, Operator.INGRESS_NGINX))
        Ingress(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=Namespace.ORCHESTRATION, annotations=annotations | waiting),
            spec=IngressSpecArgs(ingress_class_name=CLASS, rules=[rule(READY, None)]),
            opts=timed_child(self, Wait.ROLLOUT),
        )
