"""What a monitoring stack watches for: that every region sends, and its own health.

What goes on inside a region, that region's own Prometheus judges and tells. Series without label ``region`` are the
stack's own: senders put theirs on everything.
"""

from dataclasses import replace
from typing import Any, Final

from contract.names import Namespace
from infra.central.selecting import selecting
from infra.central.settings import ObservatorySettings
from infra.central.targets import targets
from infra.monitoring.alertmanager import WATCHDOG
from infra.monitoring.pace import HOUR, MINUTE, Pace
from infra.monitoring.rules import certificates, entrance
from infra.monitoring.rules.alert import Alert, Severity

OWN: Final = 'region=""'
LATE_SECONDS: Final = 3 * MINUTE
"""Prometheus sends within seconds; this is a queue that grows."""
FREE: Final = {Namespace.MONITORING: 0.1, Namespace.LOGGING: 0.2}
"""Share of a volume that stays free. Prometheus fills its own to 85 % and drops the oldest; from 85 % on Elasticsearch
puts no second copy on a node any more."""
MISSING: Final = "RegionMetricsMissing"


def alerts(settings: ObservatorySettings) -> tuple[Alert, ...]:
    """Every alert, in the order of its theme."""
    return tuple(alert for theme in _themes(settings).values() for alert in theme)


def rules(settings: ObservatorySettings) -> dict[str, dict[str, Any]]:
    """Name of the object -> spec of the PrometheusRule."""
    interval, base = Pace(settings.monitoring.alert_speed).scrape, settings.monitoring.runbook_base
    found = {theme: [alert.rule(base) for alert in made] for theme, made in _themes(settings).items()}
    found["health"].append(_watchdog())
    return {
        f"mcp-{theme}": {"groups": [{"name": f"mcp-monitoring-{theme}", "interval": interval, "rules": made}]}
        for theme, made in found.items()
    }


def _themes(settings: ObservatorySettings) -> dict[str, tuple[Alert, ...]]:
    pace = Pace(settings.monitoring.alert_speed)
    return {
        "senders": _senders(settings.senders, pace),
        "health": (*_servers(settings.logging.nodes, pace), *_entrance(settings, pace)),
    }


def _senders(senders: tuple[str, ...], pace: Pace) -> tuple[Alert, ...]:
    age = f'max_over_time(timestamp(up{{region=~"{"|".join(senders)}"}})[{pace.window(HOUR)}:{pace.window(MINUTE)}])'
    return (
        Alert(
            name=MISSING,
            severity=Severity.CRITICAL,
            expr=" or ".join(f'absent(up{{region="{region}"}})' for region in senders),
            hold=pace.hold(10 * MINUTE),
            summary="A region sends no metrics",
            description="Nothing has come from {{ $labels.region }}: it is cut off, or its monitoring is down",
        ),
        Alert(
            name="RegionMetricsLate",
            severity=Severity.WARNING,
            expr=f"time() - max by (region) ({age}) > {LATE_SECONDS}",
            hold=pace.hold(5 * MINUTE),
            summary="A region's metrics come late",
            description="The newest sample of {{ $labels.region }} is {{ $value | humanizeDuration }} old",
            explained_by=(MISSING,),
        ),
    )


def _servers(nodes: int, pace: Pace) -> tuple[Alert, ...]:
    store = f'sum(kube_statefulset_status_replicas_ready{{{OWN},namespace="{Namespace.LOGGING}"}}) or vector(0)'
    needed = {Severity.WARNING: nodes, Severity.CRITICAL: nodes // 2 + 1}
    return (
        Alert(
            name="MonitoringTargetDown",
            severity=Severity.WARNING,
            expr=f'min by (job, namespace, pod) (up{{{OWN},namespace="{Namespace.MONITORING}"}}) == 0',
            hold=pace.hold(5 * MINUTE),
            summary="A part of the monitoring stack is down",
            description="{{ $labels.pod }} ({{ $labels.job }}) does not answer Prometheus",
        ),
        *(
            Alert(
                name="LogStoreIncomplete",
                severity=severity,
                expr=f"({store}) < {least}",
                hold=pace.hold(10 * MINUTE),
                summary="Elasticsearch lacks nodes",
                description=f"{{{{ $value }}}} of {nodes} nodes are ready, {least} are needed",
            )
            for severity, least in needed.items()
        ),
        Alert(
            name="MonitoringVolumeFillingUp",
            severity=Severity.WARNING,
            expr=" or ".join(f"{_free(namespace)} < {share}" for namespace, share in FREE.items()),
            hold=pace.hold(15 * MINUTE),
            summary="A volume of the monitoring stack fills up",
            description="{{ $value | humanizePercentage }} of {{ $labels.persistentvolumeclaim }} is free",
        ),
    )


def _free(namespace: str) -> str:
    where = f'{{{OWN},namespace="{namespace}"}}'
    available, capacity = (f"kubelet_volume_stats_{what}_bytes{where}" for what in ("available", "capacity"))
    return f"min by (namespace, persistentvolumeclaim) ({available} / {capacity})"


def _entrance(settings: ObservatorySettings, pace: Pace) -> tuple[Alert, ...]:
    """A region's rules about what this stack has too, narrowed to its own."""
    jobs = {target.job for target in targets(settings)}
    reused = (
        *(certificates.issued(pace) if certificates.JOB in jobs else ()),
        *(entrance.served(pace) if entrance.JOB in jobs else ()),
    )
    return tuple(replace(alert, expr=selecting(alert.expr, OWN)) for alert in reused)


def _watchdog() -> dict[str, Any]:
    """Always fires: who hears the heartbeat no more knows that nobody would hear anything else."""
    return {
        "alert": WATCHDOG,
        "expr": "vector(1)",
        "labels": {"severity": "none"},
        "annotations": {
            "summary": "Alerting works",
            "description": "Fires always, so that its end tells of an end of all alerts",
        },
    }
