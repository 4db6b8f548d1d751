"""The pod of Fluentd on each node: it reads the node's container logs and keeps its buffer on the node's disk."""

import hashlib
from typing import Any, Final

from contract.annotations import POLICY_EXEMPT
from contract.names import FLUENTD, ConfigMapName, Port, Priority, SecretName
from infra.logs.fluentd import AUTHORITY, CENTRAL_PASSWORD, PASSWORD, STATE, fluent_conf
from infra.settings import Settings

LABELS: Final = {"app": FLUENTD}
HOST_STATE: Final = "/var/lib/mcp-platform/fluentd"
"""On the node; outlives the pod, so that an update or a crash neither loses nor repeats lines."""
CONFIGURATION: Final = "/fluentd/etc"
EXEMPT: Final = {
    POLICY_EXEMPT: (
        "pods-are-restricted: reads the nodes' container logs, which belong to root and are closed to others, and "
        "keeps its buffer in a directory of the node, with no capability and a read-only root"
    )
}
RESOURCES: Final = {"requests": {"cpu": "100m", "memory": "200Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}


def daemon_set_spec(settings: Settings) -> dict[str, Any]:
    """Spec of the DaemonSet."""
    return {
        "selector": {"matchLabels": LABELS},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
        "template": {
            "metadata": {"labels": LABELS, "annotations": {"mcp-platform/checksum": checksum(settings)}},
            "spec": _pod(settings),
        },
    }


def checksum(settings: Settings) -> str:
    """Changes with the configuration, and with the passwords, which Fluentd reads when it starts."""
    text = f"{settings.secrets_generation}\n{fluent_conf(settings)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _pod(settings: Settings) -> dict[str, Any]:
    forwarded = settings.logging.forward is not None
    mounts: list[dict[str, Any]] = [
        {"name": "configuration", "mountPath": CONFIGURATION, "readOnly": True},
        {"name": "authority", "mountPath": AUTHORITY, "readOnly": True},
        {"name": "writer", "mountPath": PASSWORD, "readOnly": True},
        *([{"name": "forward", "mountPath": CENTRAL_PASSWORD, "readOnly": True}] if forwarded else []),
        {"name": "logs", "mountPath": "/var/log", "readOnly": True},
        {"name": "state", "mountPath": STATE},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a mount of its own
    ]
    return {
        "serviceAccountName": FLUENTD,
        # Pod, namespace and container are in the file's name: nothing asks the Kubernetes API.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": Priority.OBSERVING.value,
        "terminationGracePeriodSeconds": 30,
        "tolerations": [{"operator": "Exists"}],
        "securityContext": {"runAsUser": 0, "runAsGroup": 0, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": FLUENTD,
                "image": settings.images.fluentd,
                "imagePullPolicy": "IfNotPresent",
                "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                "ports": [{"name": "metrics", "containerPort": Port.FLUENTD_METRICS}],
                "resources": RESOURCES,
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "livenessProbe": _probe(60),
                "readinessProbe": _probe(5),
                "volumeMounts": mounts,
            }
        ],
        "volumes": _volumes(forwarded),
    }


def _probe(delay: int) -> dict[str, Any]:
    asked = {"path": "/metrics", "port": Port.FLUENTD_METRICS}
    return {"httpGet": asked, "initialDelaySeconds": delay, "periodSeconds": 15, "timeoutSeconds": 5}


def _volumes(forwarded: bool) -> list[dict[str, Any]]:
    def secret(name: str, secret_name: str, key: str) -> dict[str, Any]:
        items = [{"key": key, "path": key}]
        return {"name": name, "secret": {"secretName": secret_name, "defaultMode": 0o400, "items": items}}

    return [
        {"name": "configuration", "configMap": {"name": ConfigMapName.FLUENTD}},
        secret("authority", SecretName.LOG_AUTHORITY, "ca.crt"),
        secret("writer", SecretName.LOG_WRITER, "password"),
        *([secret("forward", SecretName.LOG_FORWARD, "password")] if forwarded else []),
        {"name": "logs", "hostPath": {"path": "/var/log", "type": "Directory"}},
        {"name": "state", "hostPath": {"path": HOST_STATE, "type": "DirectoryOrCreate"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
    ]
