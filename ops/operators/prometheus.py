"""prometheus-operator from its module's bundle, and one Prometheus that reads what the platform's monitors name."""

from typing import Any, Final

from contract.names import Namespace
from ops.controlplane.api import Json
from ops.operators.install import Release
from ops.operators.manifests import DEPLOYMENT, container, documents, named, run_image
from ops.operators.workshop import Workshop
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import (
    OPERATOR_TOOLS,
    PROMETHEUS_OPERATOR_VERSION,
    PROMETHEUS_VERSION,
    OperatorName,
)
from ops.toolchain.tool import ToolName

MODULE: Final = "github.com/prometheus-operator/prometheus-operator"
NAMESPACE: Final = "prometheus-operator"
NAME: Final = "prometheus"
SERVER: Final = f"{OperatorName.PROMETHEUS}-server"
EVERYTHING: Final[dict[str, dict[str, object]]] = {
    f"{kind}{what}": {}
    for kind in ("podMonitor", "serviceMonitor", "probe", "rule")
    for what in ("Selector", "NamespaceSelector")
}
"""Monitors and rules of every namespace, whatever their labels; left out, none would be selected."""
NEEDED: Final[list[dict[str, Any]]] = [
    {
        "apiGroups": [""],
        "resources": ["pods", "services", "endpoints"],
        "verbs": ["get", "list", "watch"],
    },
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]},
]
"""What discovery of their targets reads."""


def release(workshop: Workshop) -> Release:
    """The operator alone, in a namespace of its own."""
    registry = "quay.io/prometheus-operator"
    image = workshop.image(
        f"{registry}/prometheus-operator:v{PROMETHEUS_OPERATOR_VERSION}",
        {"/bin/operator": ToolName.PROMETHEUS_OPERATOR},
    )
    reloader = workshop.image(
        f"{registry}/prometheus-config-reloader:v{PROMETHEUS_OPERATOR_VERSION}",
        {"/bin/prometheus-config-reloader": ToolName.PROMETHEUS_CONFIG_RELOADER},
    )
    module = module_directory(OPERATOR_TOOLS[OperatorName.PROMETHEUS][0].module, MODULE)
    objects = documents((module / "bundle.yaml").read_text(encoding="utf-8"))
    for each in objects:
        if each["metadata"].get("namespace") == "default":
            each["metadata"]["namespace"] = NAMESPACE
        for subject in each.get("subjects", []):
            subject["namespace"] = NAMESPACE
    operator = container(named(objects, DEPLOYMENT, "prometheus-operator"))
    run_image(operator, image, "128Mi")
    operator["args"] = [
        f"--prometheus-config-reloader={reloader}" if each.startswith("--prometheus-config-reloader=") else each
        for each in operator["args"]
    ]
    namespace: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    return Release.of(OperatorName.PROMETHEUS, PROMETHEUS_OPERATOR_VERSION, (namespace, *objects))


def server(workshop: Workshop) -> Release:
    """A Prometheus in the platform's own namespace ``monitoring``. The stack makes that: install it afterwards."""
    image = workshop.image(
        f"quay.io/prometheus/prometheus:v{PROMETHEUS_VERSION}", {"/bin/prometheus": ToolName.PROMETHEUS}
    )
    metadata = {"name": NAME, "namespace": Namespace.MONITORING.value}
    group = "rbac.authorization.k8s.io"
    role = f"{Namespace.MONITORING}-{NAME}"
    objects: list[Json] = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": role},
            "rules": NEEDED,
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": role},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", **metadata}],
        },
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "Prometheus",
            "metadata": metadata,
            "spec": {
                "version": f"v{PROMETHEUS_VERSION}",
                "image": image,
                "replicas": 1,
                "retention": "2h",
                "scrapeInterval": "15s",
                "serviceAccountName": NAME,
                "evaluationInterval": "15s",
                **EVERYTHING,
                "resources": {"requests": {"cpu": "10m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 1000,
                    "fsGroup": 1000,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
            },
        },
    ]
    return Release.of(SERVER, PROMETHEUS_VERSION, objects)
