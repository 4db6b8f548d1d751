"""Kibana as a resource of ECK, and the way to it from outside.

It asks nothing outside the cluster: no telemetry, no news, no map tiles, no package registry.
"""

from typing import Any, Final

from contract.names import ELASTICSEARCH, KIBANA, Namespace, Port, Priority
from infra.ingress.sites import Backend, Route, Site
from infra.logs.placement import RESTRICTED, on_dedicated_nodes, spread
from infra.logs.versions import version
from infra.stack_settings import StackSettings

LABELS: Final = {"kibana.k8s.elastic.co/name": KIBANA}
"""Of its pods, by ECK."""
SERVICE: Final = "kibana-kb-http"
"""Made by ECK; speaks TLS."""
READY: Final = "jsonpath={.status.health}=green"
TLS_SECRET: Final = "kibana-tls"  # noqa: S105 - the name of an object
RESOURCES: Final = {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"cpu": "1000m", "memory": "2Gi"}}


def kibana_host(settings: StackSettings) -> str:
    """Host of the pages."""
    return f"kibana.{settings.domain}"


def kibana_spec(settings: StackSettings) -> dict[str, Any]:
    """Spec of the ``Kibana``."""
    return {
        "version": version(settings.images.kibana),
        "image": settings.images.kibana,
        "count": 2 if settings.logging.nodes > 1 else 1,
        "elasticsearchRef": {"name": ELASTICSEARCH},
        "config": {
            "server.publicBaseUrl": f"https://{kibana_host(settings)}",
            "telemetry.optIn": False,
            "telemetry.allowChangingOptInStatus": False,
            "newsfeed.enabled": False,
            "map.includeElasticMapsService": False,
            "xpack.fleet.isAirGapped": True,
        },
        "podTemplate": {
            "spec": {
                "automountServiceAccountToken": False,
                "priorityClassName": Priority.OBSERVING.value,
                "securityContext": RESTRICTED,
                "topologySpreadConstraints": spread(LABELS),
                **on_dedicated_nodes(settings.logging.dedicated_nodes),
                "containers": [{"name": "kibana", "resources": RESOURCES}],
            }
        },
    }


def kibana_site(settings: StackSettings) -> Site:
    """Its host. Who may see what is Kibana's business; a page is a hundred requests at once, so none is limited."""
    pages = Route(f"{KIBANA}-pages", "/", Backend(SERVICE, Port.KIBANA, tls=True), body="10m")
    return Site(KIBANA, Namespace.LOGGING, kibana_host(settings), TLS_SECRET, (pages,))
