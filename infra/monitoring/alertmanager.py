"""Alertmanager's configuration: who is told of which alert, how often, and what is not told because another says it.

Names of fields: Alertmanager 0.34, docs/configuration.md. Addresses and keys of receivers are secrets, so the
configuration names files. prometheus-operator reads it too and drops what its own types do not know.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from infra.monitoring.names import ALERTMANAGER_SECRETS
from infra.monitoring.pace import HOUR, MINUTE, Pace
from infra.monitoring.rules.alert import Alert, Severity
from infra.secret_sources import SecretKey

CONFIGURATION: Final = "alertmanager.yaml"
"""Key of the Secret that prometheus-operator reads."""
DIRECTORY: Final = f"/etc/alertmanager/secrets/{ALERTMANAGER_SECRETS}"
"""Where prometheus-operator mounts a Secret of ``alertmanagerSpec.secrets``."""
WATCHDOG: Final = "Watchdog"
"""Always fires (kube-prometheus-stack, general.rules): when it is heard no more, nothing else would be either."""
IDENTITY: Final = ("alertname", "namespace", "region", "name", "pod", "persistentvolumeclaim", "datname")
"""Labels by which a warning and a critical alert are about one thing."""
TITLE: Final = (
    "{{ .Status | toUpper }} {{ .CommonLabels.severity }} {{ .CommonLabels.alertname }} ({{ .CommonLabels.region }})"
)
TEXT: Final = (
    "{{ range .Alerts }}{{ .Annotations.summary }}: {{ .Annotations.description }}\n"
    "{{ .Annotations.runbook_url }}\n{{ end }}"
)


class Channel(StrEnum):
    """Ways to tell somebody; the values are entries of Secret ``alertmanager-receivers``, each a file."""

    WEBHOOK = "webhook-url"
    PAGERDUTY = "pagerduty-key"
    SLACK = "slack-url"
    HEARTBEAT = "heartbeat-url"
    """A service that raises the alarm itself when it is not called each minute."""


SECRETS: Final = {
    Channel.WEBHOOK: SecretKey.ALERT_WEBHOOK_URL,
    Channel.PAGERDUTY: SecretKey.ALERT_PAGERDUTY_KEY,
    Channel.SLACK: SecretKey.ALERT_SLACK_URL,
    Channel.HEARTBEAT: SecretKey.ALERT_HEARTBEAT_URL,
}
"""Where each is configured; none is needed."""


class Receiver(StrEnum):
    """Who is told."""

    CRITICAL = "critical"
    """Every channel."""
    WARNING = "warning"
    """Channels that wake nobody; PagerDuty, with low urgency, where there is no other."""
    HEARTBEAT = "heartbeat"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Telling:
    """What the configuration depends on. ``channels`` are those that are configured."""

    pace: Pace
    repeat_hours: int
    channels: frozenset[Channel]

    @property
    def reaches_nobody(self) -> bool:
        """Whether alerts end here; a heartbeat tells of none."""
        return not self.channels - {Channel.HEARTBEAT}


def configuration(telling: Telling, alerts: Iterable[Alert]) -> dict[str, Any]:
    """``alertmanager.yaml``."""
    return {
        "route": _route(telling),
        "inhibit_rules": [_critical_over_warning(), *_causes(alerts)],
        "receivers": [{"name": each.value, **_integrations(each, telling.channels)} for each in Receiver],
    }


def _route(telling: Telling) -> dict[str, Any]:
    pace = telling.pace
    minute = pace.pause(MINUTE)
    heard = Receiver.HEARTBEAT if Channel.HEARTBEAT in telling.channels else Receiver.NOBODY
    return {
        "receiver": Receiver.WARNING.value,
        "group_by": ["alertname", "namespace", "region"],
        "group_wait": pace.pause(30),
        "group_interval": pace.pause(5 * MINUTE),
        "repeat_interval": pace.pause(telling.repeat_hours * HOUR),
        "routes": [
            {
                "receiver": heard.value,
                "matchers": [f'alertname="{WATCHDOG}"'],
                "group_wait": "0s",
                "group_interval": minute,
                "repeat_interval": minute,
            },
            # kube-prometheus-stack's: they explain others and ask nobody to do anything.
            {"receiver": Receiver.NOBODY.value, "matchers": ['severity=~"info|none"']},
            {
                "receiver": Receiver.CRITICAL.value,
                "matchers": [f'severity="{Severity.CRITICAL}"'],
                "group_wait": pace.pause(10),
            },
        ],
    }


def _critical_over_warning() -> dict[str, Any]:
    return {
        "source_matchers": [f'severity="{Severity.CRITICAL}"'],
        "target_matchers": [f'severity="{Severity.WARNING}"'],
        "equal": list(IDENTITY),
    }


def _causes(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """For each alert that explains others: while it fires in a region, they are not told."""
    consequences: dict[str, set[str]] = {}
    for alert in alerts:
        for cause in alert.explained_by:
            consequences.setdefault(cause, set()).add(alert.name)
    return [
        {
            "source_matchers": [f'alertname="{cause}"'],
            "target_matchers": [f'alertname=~"{"|".join(sorted(explained))}"'],
            "equal": ["region"],
        }
        for cause, explained in sorted(consequences.items())
    ]


def _integrations(receiver: Receiver, channels: frozenset[Channel]) -> dict[str, Any]:
    integrations: dict[str, Any] = {}
    for channel in sorted(_used(receiver, channels)):
        kind, integration = _integration(channel)
        integrations[kind] = [integration]
    return integrations


def _used(receiver: Receiver, channels: frozenset[Channel]) -> frozenset[Channel]:
    people = channels - {Channel.HEARTBEAT}
    match receiver:
        case Receiver.CRITICAL:
            return people
        case Receiver.WARNING:
            return people - {Channel.PAGERDUTY} or people
        case Receiver.HEARTBEAT:
            return channels & {Channel.HEARTBEAT}
        case Receiver.NOBODY:
            return frozenset()


def _integration(channel: Channel) -> tuple[str, dict[str, Any]]:
    file = f"{DIRECTORY}/{channel}"
    match channel:
        case Channel.WEBHOOK:
            return "webhook_configs", {"url_file": file, "send_resolved": True}
        case Channel.HEARTBEAT:
            return "webhook_configs", {"url_file": file, "send_resolved": False}
        case Channel.SLACK:
            return "slack_configs", {"api_url_file": file, "send_resolved": True, "title": TITLE, "text": TEXT}
        case Channel.PAGERDUTY:
            return "pagerduty_configs", {
                "routing_key_file": file,
                "send_resolved": True,
                "description": TITLE,
                "severity": "{{ .CommonLabels.severity }}",
                "details": {"alerts": TEXT},
            }
