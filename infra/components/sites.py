"""Sites as objects: a certificate, and mergeable Ingresses of the F5 NGINX Ingress Controller.

A host is one ``master`` (TLS) and ``minions`` (paths), so that each path has its own limit.
"""

from collections.abc import Sequence

from pulumi import Resource
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

from infra.ingress.annotations import route_annotations, site_annotations
from infra.ingress.controller import CLASS
from infra.ingress.sites import Route, Site
from infra.options import Wait, timed_child
from infra.sections.cluster import Operator
from infra.stack_settings import StackSettings
from infra.waiting import wait_annotations, waiting_for


def certificate(
    parent: Resource, name: str, namespace: str, hosts: Sequence[str], settings: StackSettings, *earlier: Resource
) -> CustomResource:
    """A certificate for ``hosts`` in the Secret ``name``, by the region's issuer."""
    return CustomResource(
        name,
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata=ObjectMetaArgs(
            name=name,
            namespace=namespace,
            annotations=wait_annotations(waiting_for(settings, Operator.CERT_MANAGER), "condition=Ready"),
        ),
        spec={
            "secretName": name,
            "dnsNames": list(hosts),
            "issuerRef": {
                "group": "cert-manager.io",
                "kind": "ClusterIssuer",
                "name": settings.certificates.cluster_issuer,
            },
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        },
        opts=timed_child(parent, Wait.ROLLOUT, *earlier),
    )


def publish(parent: Resource, site: Site, settings: StackSettings, *earlier: Resource) -> list[Ingress]:
    """Every Ingress of ``site``, its master first; ``earlier`` holds its certificate."""
    waiting = wait_annotations(waiting_for(settings, Operator.INGRESS_NGINX))
    whole = site_annotations(settings.ingress.client_address.source)
    master = Ingress(
        site.name,
        metadata=ObjectMetaArgs(name=site.name, namespace=site.namespace, annotations=whole | waiting),
        spec=IngressSpecArgs(
            ingress_class_name=CLASS,
            tls=[IngressTLSArgs(hosts=[site.host], secret_name=site.tls_secret)],
            rules=[IngressRuleArgs(host=site.host)],
        ),
        opts=timed_child(parent, Wait.ROLLOUT, *earlier),
    )
    scaled = not settings.ingress.stickiness.is_on
    minions = [
        Ingress(
            route.name,
            metadata=ObjectMetaArgs(
                name=route.name,
                namespace=site.namespace,
                annotations=route_annotations(route, scaled=scaled) | waiting,
            ),
            spec=IngressSpecArgs(ingress_class_name=CLASS, rules=[rule(route, site.host)]),
            opts=timed_child(parent, Wait.ROLLOUT, master),
        )
        for route in site.routes
    ]
    return [master, *minions]


def rule(route: Route, host: str | None) -> IngressRuleArgs:
    """``route`` as a rule of ``host``; None for every host that is no site."""
    backend = IngressBackendArgs(
        service=IngressServiceBackendArgs(
            name=route.backend.service, port=ServiceBackendPortArgs(number=route.backend.port)
        )
    )
    path = HTTPIngressPathArgs(path=route.path, path_type="Exact" if route.exact else "Prefix", backend=backend)
    return IngressRuleArgs(host=host, http=HTTPIngressRuleValueArgs(paths=[path]))
