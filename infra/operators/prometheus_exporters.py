"""The operator of kube-prometheus-stack, and what it reads of Kubernetes itself."""

from typing import Any, Final

from infra.monitoring.placement import PRIORITY, placement
from infra.operators.amounts import amounts
from infra.stack_settings import StackSettings

UNREACHABLE: Final = ("kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy")
"""A managed control plane shows none of them, elsewhere they listen on loopback: alerts about them would be noise."""
RULES_OF_THE_UNREACHABLE: Final = (
    "etcd",
    "kubeControllerManager",
    "kubeProxy",
    "kubeSchedulerAlerting",
    "kubeSchedulerRecording",
    "windows",
)


def values(settings: StackSettings) -> dict[str, Any]:
    """Values of the operator and of the exporters."""
    return {
        "prometheusOperator": _operator(settings),
        "kube-state-metrics": {
            "resources": amounts(("25m", "96Mi"), ("250m", "384Mi")),
            # Names of Secrets are nobody's metric, and without the collector it needs no right to list them.
            "collectorsExclude": ["secrets"],
            **placement(settings),
        },
        # On every node, whatever its taints.
        "prometheus-node-exporter": {"resources": amounts(("25m", "32Mi"), ("250m", "128Mi")), **PRIORITY},
        **{each: {"enabled": False} for each in UNREACHABLE},
        "defaultRules": {"rules": dict.fromkeys(RULES_OF_THE_UNREACHABLE, False)},
    }


def _operator(settings: StackSettings) -> dict[str, Any]:
    jobs = {"resources": amounts(("10m", "32Mi"), ("100m", "128Mi")), **PRIORITY}
    return {
        "resources": amounts(("50m", "128Mi"), ("250m", "384Mi")),
        "prometheusConfigReloader": {"resources": amounts(("10m", "32Mi"), ("100m", "64Mi"))},
        "admissionWebhooks": {"patch": jobs},
        "networkPolicy": {"enabled": False},
        **placement(settings),
    }
