"""CoreDNS: names of the cluster, and none beyond it, since the node's network leads nowhere."""

from typing import Any, Final

from ops.node.layout import DNS_ADDRESS
from ops.operators.install import Release
from ops.operators.workshop import Workshop
from ops.toolchain.operators import COREDNS_VERSION, OperatorName
from ops.toolchain.tool import ToolName

NAME: Final = "coredns"
NAMESPACE: Final = "kube-system"
ROLE: Final = "system:coredns"
LABELS: Final = {"k8s-app": "kube-dns"}
"""The label by which the stack's network policies know the name service."""
PORT: Final = 1053
"""Above 1024: CoreDNS runs without privileges."""
COREFILE: Final = f""".:{PORT} {{
    errors
    health :8081 {{
        lameduck 5s
    }}
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        pods insecure
        ttl 5
    }}
    prometheus :9153
    cache 5
    loadbalance
}}
"""


def release(workshop: Workshop) -> Release:
    """CoreDNS as Kubernetes' installers lay it out."""
    image = workshop.image(f"registry.k8s.io/coredns/coredns:v{COREDNS_VERSION}", {"/coredns": ToolName.COREDNS})
    return Release.of(OperatorName.COREDNS, COREDNS_VERSION, _objects(image))


def _objects(image: str) -> list[dict[str, Any]]:
    metadata = {"name": NAME, "namespace": NAMESPACE}
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    group = "rbac.authorization.k8s.io"
    read = ["list", "watch"]
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": ROLE},
            "rules": [
                {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": read},
                {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read},
            ],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": ROLE},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": ROLE},
            "subjects": [subject],
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"Corefile": COREFILE}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata | {"labels": LABELS},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": LABELS},
                "template": {"metadata": {"labels": LABELS}, "spec": _pod(image)},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "kube-dns", "namespace": NAMESPACE, "labels": LABELS},
            "spec": {
                "clusterIP": DNS_ADDRESS,
                "selector": LABELS,
                "ports": [
                    {"name": "dns", "port": 53, "targetPort": PORT, "protocol": "UDP"},
                    {"name": "dns-tcp", "port": 53, "targetPort": PORT, "protocol": "TCP"},
                ],
            },
        },
    ]


def _pod(image: str) -> dict[str, Any]:
    return {
        "serviceAccountName": NAME,
        "dnsPolicy": "Default",
        "priorityClassName": "system-cluster-critical",
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10002, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": NAME,
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "args": ["-conf", "/etc/coredns/Corefile"],
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "170Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
                "livenessProbe": {"httpGet": {"path": "/health", "port": 8081}, "failureThreshold": 5},
                "volumeMounts": [{"name": "corefile", "mountPath": "/etc/coredns", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "corefile", "configMap": {"name": NAME}}],
    }
