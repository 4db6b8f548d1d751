"""KEDA ScaledObjects as data: the specification's autoscalers, named as the HPAs that operators look for."""

from dataclasses import dataclass
from typing import Any, Final

from infra.monitoring.names import PROMETHEUS
from infra.presets import Replicas
from infra.sections.section import Switch

API_VERSION: Final = "keda.sh/v1alpha1"
KIND: Final = "ScaledObject"

BEHAVIOR: Final[dict[str, Any]] = {
    "scaleUp": {
        "stabilizationWindowSeconds": 60,
        "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}],
    },
    "scaleDown": {
        "stabilizationWindowSeconds": 300,
        "policies": [{"type": "Percent", "value": 25, "periodSeconds": 60}],
    },
}
"""Seed, "Auto-scaling Configuration"."""


@dataclass(frozen=True)
class Utilization:
    """A resource against its request, percent."""

    resource: str
    percent: int


@dataclass(frozen=True)
class Query:
    """A PromQL query; ``per_pod`` is the value that one pod should carry."""

    name: str
    promql: str
    per_pod: int


def scaled_object(
    deployment: str,
    autoscaler: str,
    replicas: Replicas,
    utilizations: tuple[Utilization, ...],
    queries: tuple[Query, ...],
    monitoring: Switch,
) -> dict[str, Any]:
    """Spec of the ScaledObject of ``deployment``; its HPA is named ``autoscaler``.

    Queries are left out where monitoring is off, since nothing would answer them.
    """
    triggers = [_resource_trigger(each) for each in utilizations]
    if monitoring.is_on:
        triggers += [_prometheus_trigger(each) for each in queries]
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicaCount": replicas.min,
        "maxReplicaCount": replicas.max,
        "advanced": {"horizontalPodAutoscalerConfig": {"name": autoscaler, "behavior": BEHAVIOR}},
        "triggers": triggers,
    }


def _resource_trigger(each: Utilization) -> dict[str, Any]:
    return {"type": each.resource, "metricType": "Utilization", "metadata": {"value": str(each.percent)}}


def _prometheus_trigger(each: Query) -> dict[str, Any]:
    return {
        "type": "prometheus",
        "name": each.name,
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": PROMETHEUS,
            "query": each.promql,
            "threshold": str(each.per_pod),
            "ignoreNullValues": "true",
        },
    }
