"""Elasticsearch as a resource of ECK: nodes with volumes of their own, TLS, copies in different zones.

Heap and bounds are the specification's ("ELK Stack Configuration").
"""

from collections.abc import Iterable
from typing import Any, Final

from contract.names import ELASTICSEARCH, Namespace, Priority, SecretName, service_host
from infra.logs.placement import RESTRICTED, on_dedicated_nodes, spread
from infra.logs.users import USERS, User
from infra.logs.versions import version
from infra.sections.section import Switch
from infra.stack_settings import StackSettings

LABELS: Final = {"elasticsearch.k8s.elastic.co/cluster-name": ELASTICSEARCH}
"""Of its pods, by ECK."""
READY: Final = ("jsonpath={.status.phase}=Ready", "jsonpath={.status.health}=green")
HEAP: Final = "-Xms1g -Xmx1g"
RESOURCES: Final = {"requests": {"cpu": "1000m", "memory": "2Gi"}, "limits": {"cpu": "2000m", "memory": "4Gi"}}
DATA: Final = "elasticsearch-data"
"""ECK's name for the volume of a node's data."""


def elasticsearch_spec(settings: StackSettings, users: Iterable[User] = USERS) -> dict[str, Any]:
    """Spec of the ``Elasticsearch`` that ``users`` may log in to.

    ECK adds a disruption budget by itself: one node at a time.
    """
    keep = settings.protection is Switch.ON
    return {
        "version": version(settings.images.elasticsearch),
        "image": settings.images.elasticsearch,
        "volumeClaimDeletePolicy": "DeleteOnScaledownOnly" if keep else "DeleteOnScaledownAndClusterDeletion",
        "auth": {
            "fileRealm": [{"secretName": user.secret} for user in users],
            "roles": [{"secretName": SecretName.LOG_ROLES}],
        },
        "http": {"tls": {"selfSignedCertificate": {"subjectAltNames": [{"dns": name} for name in alias_names()]}}},
        "nodeSets": [_node_set(settings)],
    }


def alias_names() -> list[str]:
    """Names of the alias Service, which the certificate holds beside those of ECK's own Service."""
    host = service_host(ELASTICSEARCH, Namespace.LOGGING)
    return [host, host.removesuffix(".cluster.local"), f"{ELASTICSEARCH}.{Namespace.LOGGING}", ELASTICSEARCH]


def _node_set(settings: StackSettings) -> dict[str, Any]:
    size = settings.logging
    several = size.nodes > 1
    return {
        "name": "default",
        "count": size.nodes,
        **({"zoneAwareness": {}} if several and size.zone_aware else {}),
        # Memory-mapped files want the kernel setting vm.max_map_count, which only a privileged container can raise.
        "config": {"node.store.allow_mmap": False},
        "volumeClaimTemplates": [
            {
                "metadata": {"name": DATA},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": size.storage_class,
                    "resources": {"requests": {"storage": size.storage}},
                },
            }
        ],
        "podTemplate": {
            "spec": {
                "automountServiceAccountToken": False,
                "priorityClassName": Priority.DATA.value,
                "securityContext": RESTRICTED,
                "affinity": _apart() if several else {},
                "topologySpreadConstraints": spread(LABELS),
                **on_dedicated_nodes(size.dedicated_nodes),
                "containers": [
                    {
                        "name": "elasticsearch",
                        "env": [{"name": "ES_JAVA_OPTS", "value": HEAP}],
                        "resources": RESOURCES,
                    }
                ],
            }
        },
    }


def _apart() -> dict[str, Any]:
    others = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": LABELS}}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [others]}}
