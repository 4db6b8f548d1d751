"""Chart ``cluster-autoscaler``: adds and removes nodes where the cloud does not do that itself.

The specification's ConfigMap ``cluster-autoscaler-status`` is what the autoscaler writes, not what it reads: its values
are flags here.
"""

from typing import Any, Final

from infra.presets import Amount, Resources
from infra.settings import Settings

FLAGS: Final = {
    "scale-down-delay-after-add": "10m",
    "scale-down-unneeded-time": "10m",
    "scale-down-delay-after-failure": "3m",
    "max-node-provision-time": "15m",
    "scale-down-utilization-threshold": "0.5",
}
"""Seed, "Resource Optimization Script"."""
IMAGE_TAG: Final = "v1.36.1"
"""Of the minor version of Kubernetes that the clusters run; the chart's own is one older."""
RESOURCES: Final = Resources(requests=Amount(cpu="100m", memory="300Mi"), limits=Amount(cpu="500m", memory="600Mi"))


def values(settings: Settings) -> dict[str, Any]:
    """Values of chart 9.59.0. Node groups are found by the tags of the cluster named ``cluster.identifier``."""
    return {
        "cloudProvider": "aws",
        "awsRegion": settings.region,
        "autoDiscovery": {"clusterName": settings.cluster.identifier},
        "image": {"tag": IMAGE_TAG},
        "extraArgs": FLAGS
        | {
            # Every pod of ours has an emptyDir, which counts as local storage: no node would ever be given back.
            "skip-nodes-with-local-storage": "false",
            "balance-similar-node-groups": "true",
            "expander": "least-waste",
        },
        "replicaCount": 1,
        "resources": RESOURCES.model_dump(),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "runAsGroup": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containerSecurityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "serviceMonitor": {"enabled": False},
        "prometheusRule": {"enabled": False},
    }
