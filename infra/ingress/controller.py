"""Chart ``nginx-ingress``: the F5 NGINX Ingress Controller.

Chart 2.6.4 of release 5.5.4; source: nginx/kubernetes-ingress, charts/nginx-ingress/values.yaml.
"""

from typing import Any, Final

from contract.names import Priority
from infra.ingress.configuration import SHUTDOWN_SECONDS, WORKERS, entries
from infra.sections.ingress import IngressSettings, ServiceType
from infra.settings import Settings

CLASS: Final = "nginx"
METRICS_PORT: Final = 9113
USER: Final = 101
"""NGINX's in its image."""
LABELS: Final = {"app.kubernetes.io/name": "nginx-ingress"}
"""Of the chart's pods."""
LEAVING_SECONDS: Final = 15
"""A stopping pod still takes connections this long, until every load balancer has forgotten it."""
RESOURCES: Final = {
    "requests": {"cpu": "250m", "memory": "256Mi", "ephemeral-storage": "256Mi"},
    "limits": {"cpu": f"{WORKERS}", "memory": "1Gi", "ephemeral-storage": "4Gi"},
}
"""Uploads wait on the disk until they are whole."""


def values(settings: Settings) -> dict[str, Any]:
    """Values of the chart in a region."""
    return chart_values(settings.ingress, entries(settings))


def chart_values(ingress: IngressSettings, config: dict[str, str]) -> dict[str, Any]:
    """Values of the chart; ``config`` are the entries of the controller's ConfigMap."""
    return {
        "controller": {
            "config": {"entries": config},
            "ingressClass": {"name": CLASS, "create": True, "setAsDefaultIngress": False},
            "enableSnippets": False,
            # The chart hands on the switch for Ingresses without a host, which probes need, with these alone.
            "enableCustomResources": True,
            "allowEmptyIngressHost": True,
            "disableIPV6": True,
            "enableTLSPassthrough": False,
            "telemetryReporting": {"enable": False},
            "reportIngressStatus": {"enable": True, "enableLeaderElection": True},
            "service": _service(ingress),
            "logFormat": "json",
            **_replicas(ingress),
            **_pod(),
        },
        "prometheus": {
            "create": True,
            "port": METRICS_PORT,
            "service": {"create": False},
            "serviceMonitor": {"create": False},
        },
    }


def _service(ingress: IngressSettings) -> dict[str, Any]:
    outside = ingress.service.type is not ServiceType.CLUSTER_IP
    return {
        "type": ingress.service.type.value,
        "annotations": dict(ingress.service.annotations),
        # Cluster would put a node's address in place of the client's.
        **({"externalTrafficPolicy": "Local"} if outside else {}),
        "sessionAffinity": {"enable": ingress.stickiness.is_on, "type": "ClientIP", "timeoutSeconds": 3600},
    }


def _replicas(ingress: IngressSettings) -> dict[str, Any]:
    least, most = ingress.replicas.min, ingress.replicas.max
    return {
        "replicaCount": least,
        "autoscaling": {
            "enabled": most > least,
            "minReplicas": least,
            "maxReplicas": most,
            "targetCPUUtilizationPercentage": 70,
            "targetMemoryUtilizationPercentage": 0,
        },
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": LABELS},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    }


def _pod() -> dict[str, Any]:
    """Fit for Pod Security ``restricted``, which lets ports 80 and 443 be bound by NET_BIND_SERVICE.

    The programs' files ask for that capability, so they are not even started without it.
    """
    own = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": USER,
    }
    return {
        "priorityClassName": Priority.SERVING.value,
        "resources": RESOURCES,
        "podSecurityContext": {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "securityContext": own | {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
        "initContainerSecurityContext": own | {"capabilities": {"drop": ["ALL"]}},
        "initContainerResources": RESOURCES,
        "lifecycle": {"preStop": {"sleep": {"seconds": LEAVING_SECONDS}}},
        "terminationGracePeriodSeconds": LEAVING_SECONDS + SHUTDOWN_SECONDS + 15,
    }
