"""Prometheus and Alertmanager as kube-prometheus-stack makes them, from the section ``monitoring`` of the settings."""

from typing import Any, Final

from infra.monitoring.names import ALERTMANAGER_CONFIG_SECRET, ALERTMANAGER_SECRETS, REMOTE_WRITE_SECRET
from infra.monitoring.pace import Pace
from infra.monitoring.placement import placement
from infra.operators.amounts import amounts
from infra.presets import Size
from infra.quotas import amount
from infra.settings import Settings
from infra.stack_settings import StackSettings

FULL: Final = 85
"""Percent of the volume at which the oldest blocks go, whatever their age: a full volume stops the server."""
SERVER: Final = {
    Size.MINIMUM: amounts(("250m", "1Gi"), ("1000m", "2Gi")),
    Size.RECOMMENDED: amounts(("500m", "2Gi"), ("2000m", "4Gi")),
}
ALERTMANAGER: Final = amounts(("25m", "64Mi"), ("200m", "256Mi"))
ALERTMANAGER_STORAGE: Final = "1Gi"
"""Silences and what was told already."""
REPLICA: Final = "prometheus_replica"
"""External label by which prometheus-operator tells replicas apart (pkg/prometheus/promcfg.go)."""
WHO_IS_SELECTED: Final = ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig")


def prometheus(settings: Settings) -> dict[str, Any]:
    """Values under ``prometheus``."""
    return {
        "podDisruptionBudget": _budget(settings),
        "prometheusSpec": server(settings)
        | {
            "replicas": settings.monitoring.replicas,
            "resources": SERVER[settings.size],
            "externalLabels": external_labels(settings),
            "remoteWrite": remote_write(settings),
        },
    }


def server(settings: StackSettings) -> dict[str, Any]:
    """What every Prometheus of ours has, in a region and in a dedicated monitoring stack."""
    interval = Pace(settings.monitoring.alert_speed).scrape
    return {
        "retention": f"{settings.monitoring.retention_days}d",
        "retentionSize": retention_size(settings.monitoring.storage),
        "scrapeInterval": interval,
        "evaluationInterval": interval,
        "storageSpec": _volume(settings, settings.monitoring.storage),
        "podAntiAffinity": "soft",
        "topologySpreadConstraints": [_spread("prometheus")],
        # Without these the chart selects only what carries its own release's label.
        **{f"{each}SelectorNilUsesHelmValues": False for each in WHO_IS_SELECTED},
        **placement(settings),
    }


def alertmanager(settings: StackSettings) -> dict[str, Any]:
    """Values under ``alertmanager``: its configuration and its receivers' secrets are Secrets of ours."""
    return {
        "podDisruptionBudget": _budget(settings),
        "alertmanagerSpec": {
            "replicas": settings.monitoring.replicas,
            "useExistingSecret": True,
            "configSecret": ALERTMANAGER_CONFIG_SECRET,
            "secrets": [ALERTMANAGER_SECRETS],
            "automountServiceAccountToken": False,
            "storage": _volume(settings, ALERTMANAGER_STORAGE),
            "resources": ALERTMANAGER,
            "podAntiAffinity": "soft",
            "topologySpreadConstraints": [_spread("alertmanager")],
            **placement(settings),
        },
    }


def external_labels(settings: StackSettings) -> dict[str, str]:
    """What tells this region's alerts and forwarded metrics from those of another."""
    return {
        "region": settings.region,
        "residency": settings.residency.value,
        "cluster": settings.cluster.identifier,
    }


def remote_write(settings: Settings) -> list[dict[str, Any]]:
    """The dedicated monitoring stack of the residency zone, where there is one."""
    address = settings.monitoring.remote_write
    if address is None:
        return []
    login = {
        "username": {"name": REMOTE_WRITE_SECRET, "key": "username"},
        "password": {"name": REMOTE_WRITE_SECRET, "key": "password"},
    }
    # Every replica reads everything and sends it: without its own label both are one series, whichever of them is up.
    one = {"action": "labeldrop", "regex": REPLICA}
    return [{"name": "monitoring-stack", "url": address, "basicAuth": login, "writeRelabelConfigs": [one]}]


def retention_size(storage: str) -> str:
    """Bytes that blocks may take of a volume of ``storage``, in Prometheus's notation."""
    return f"{int(amount(storage) * FULL / 100 / 2**20)}MB"


def _volume(settings: StackSettings, storage: str) -> dict[str, Any]:
    spec = {
        "storageClassName": settings.monitoring.storage_class,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage}},
    }
    return {"volumeClaimTemplate": {"spec": spec}}


def _budget(settings: StackSettings) -> dict[str, Any]:
    """A drain may take one server: of several the others go on, and a single one that blocks drains helps nobody.

    Not ``maxUnavailable``, which would stand beside the chart's own ``minAvailable``.
    """
    return {"enabled": settings.monitoring.replicas > 1, "minAvailable": settings.monitoring.replicas - 1}


def _spread(name: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": name}},
    }
