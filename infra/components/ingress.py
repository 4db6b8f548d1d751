"""The way in: mergeable Ingresses of the F5 NGINX Ingress Controller, so that each path has its own rate limit.

A host is one ``master`` (TLS) and ``minions`` (paths). Annotations: NGINX documentation, "Advanced configuration with
Annotations". Limits and times are the specification's ("Nginx Ingress Configuration", "Rate Limiting Configuration").
"""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    Ingress,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    IngressTLSArgs,
    ServiceBackendPortArgs,
)

from contract.names import ENGINE_SERVICE, INGRESS, Namespace, Port
from infra.options import Wait, timed_child
from infra.sections.cluster import Operator
from infra.settings import Settings
from infra.waiting import wait_annotations, waiting_for

CLASS: Final = "nginx"
TLS_SECRET: Final = "mcp-platform-tls"  # noqa: S105 - the name of an object
TOO_MANY: Final = "429"


@dataclass(frozen=True)
class RateLimit:
    """Requests a second of one client address, and how many more at once."""

    per_second: int
    burst: int


@dataclass(frozen=True)
class Route:
    """One path of one host."""

    name: str
    host: str
    path: str
    port: int
    limit: RateLimit | None
    annotations: dict[str, str]
    path_type: str = "Prefix"


@dataclass(frozen=True)
class EntranceArgs:
    """The region's settings."""

    settings: Settings


class Entrance(ComponentResource):
    """Refuses configuration snippets, which would let an Ingress rewrite the whole controller."""

    def __init__(self, name: str, args: EntranceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Entrance", name, None, opts)
        settings = args.settings
        certificate = _certificate(self, settings)
        masters = {
            host: self._master(f"{INGRESS}{suffix}", host, settings, certificate)
            for host, suffix in ((api_host(settings), ""), (ws_host(settings), "-ws-host"))
        }
        for route in routes(settings):
            self._minion(route, settings, masters[route.host])
        self.register_outputs({"hosts": [api_host(settings), ws_host(settings)]})

    def _master(self, name: str, host: str, settings: Settings, certificate: CustomResource) -> Ingress:
        return Ingress(
            name,
            metadata=ObjectMetaArgs(
                name=name,
                namespace=Namespace.ORCHESTRATION,
                annotations=master_annotations() | wait_annotations(waiting_for(settings, Operator.INGRESS_NGINX)),
            ),
            spec=IngressSpecArgs(
                ingress_class_name=CLASS,
                tls=[IngressTLSArgs(hosts=[host], secret_name=TLS_SECRET)],
                rules=[IngressRuleArgs(host=host)],
            ),
            opts=timed_child(self, Wait.ROLLOUT, certificate),
        )

    def _minion(self, route: Route, settings: Settings, master: Ingress) -> None:
        name = f"{INGRESS}-{route.name}"
        backend = IngressBackendArgs(
            service=IngressServiceBackendArgs(name=ENGINE_SERVICE, port=ServiceBackendPortArgs(number=route.port))
        )
        path = HTTPIngressPathArgs(path=route.path, path_type=route.path_type, backend=backend)
        Ingress(
            name,
            metadata=ObjectMetaArgs(
                name=name,
                namespace=Namespace.ORCHESTRATION,
                annotations=minion_annotations(route) | wait_annotations(waiting_for(settings, Operator.INGRESS_NGINX)),
            ),
            spec=IngressSpecArgs(
                ingress_class_name=CLASS,
                rules=[IngressRuleArgs(host=route.host, http=HTTPIngressRuleValueArgs(paths=[path]))],
            ),
            opts=timed_child(self, Wait.ROLLOUT, master),
        )


def api_host(settings: Settings) -> str:
    """Host of the HTTP API."""
    return f"api.{settings.domain}"


def ws_host(settings: Settings) -> str:
    """Host of the WebSocket API."""
    return f"ws.{settings.domain}"


def routes(settings: Settings) -> tuple[Route, ...]:
    """Every path and its limit. Probes carry none: the load balancers' address is not a client's."""
    api, ws = api_host(settings), ws_host(settings)
    limited = settings.rate_limiting.is_on
    body = {"nginx.org/client-max-body-size": "50m"}
    socket = {"nginx.org/websocket-services": ENGINE_SERVICE}
    ten, five, two = RateLimit(10, 20), RateLimit(5, 10), RateLimit(2, 5)
    return (
        Route("api", api, "/api/", 80, ten if limited else None, {}),
        Route("upload", api, "/upload", 80, two if limited else None, body),
        Route("health", api, "/health", 80, None, {}, "Exact"),
        Route("ready", api, "/ready", 80, None, {}, "Exact"),
        Route("root", api, "/", 80, ten if limited else None, {}),
        Route("ws", ws, "/ws", Port.WEBSOCKET, five if limited else None, socket),
    )


def master_annotations() -> dict[str, str]:
    """What holds for a whole host."""
    return {
        "nginx.org/mergeable-ingress-type": "master",
        "nginx.org/ssl-redirect": "true",
        "nginx.org/hsts": "true",
        "nginx.org/server-tokens": "false",
    }


def minion_annotations(route: Route) -> dict[str, str]:
    """What holds for one path."""
    annotations = {
        "nginx.org/mergeable-ingress-type": "minion",
        "nginx.org/proxy-read-timeout": "300s",
        "nginx.org/proxy-send-timeout": "300s",
    }
    if route.limit is not None:
        annotations |= {
            "nginx.org/limit-req-rate": f"{route.limit.per_second}r/s",
            "nginx.org/limit-req-burst": str(route.limit.burst),
            "nginx.org/limit-req-no-delay": "true",
            "nginx.org/limit-req-key": "${binary_remote_addr}",
            "nginx.org/limit-req-zone-size": "10m",
            "nginx.org/limit-req-reject-code": TOO_MANY,
            "nginx.org/limit-req-scale": "true",
        }
    return annotations | route.annotations


def _certificate(parent: ComponentResource, settings: Settings) -> CustomResource:
    return CustomResource(
        TLS_SECRET,
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata=ObjectMetaArgs(
            name=TLS_SECRET,
            namespace=Namespace.ORCHESTRATION,
            annotations=wait_annotations(waiting_for(settings, Operator.CERT_MANAGER), "condition=Ready"),
        ),
        spec={
            "secretName": TLS_SECRET,
            "dnsNames": [api_host(settings), ws_host(settings)],
            "issuerRef": {
                "group": "cert-manager.io",
                "kind": "ClusterIssuer",
                "name": settings.certificates.cluster_issuer,
            },
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        },
        opts=timed_child(parent, Wait.ROLLOUT),
    )
