"""What is watched for, and who is told: rules for Prometheus, configuration and secrets for Alertmanager."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml
from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from contract.names import Namespace
from infra.monitoring.alertmanager import CONFIGURATION, SECRETS, Channel, Telling, configuration
from infra.monitoring.names import ALERTMANAGER_CONFIG_SECRET, ALERTMANAGER_SECRETS
from infra.monitoring.pace import Pace
from infra.monitoring.rules.alert import Alert
from infra.monitoring.rules.catalogue import API_VERSION, KIND
from infra.options import child
from infra.secret_sources import NAMESPACE, configured
from infra.sections.cluster import Operator
from infra.sections.monitoring import Monitoring as MonitoringSettings
from infra.stack_settings import StackSettings


@dataclass(frozen=True)
class AlertsArgs:
    """The stack's settings, its rules as specs of PrometheusRules by name, and the alerts among them."""

    settings: StackSettings
    rules: Mapping[str, dict[str, Any]]
    alerts: tuple[Alert, ...]


class Alerts(ComponentResource):
    """One PrometheusRule for each theme, and what Alertmanager needs where the stack installs it.

    Refuses rules on jobs that nothing reads. Where no receiver is configured, alerts are shown and told to nobody, and
    a preview says so.
    """

    def __init__(self, name: str, args: AlertsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Alerts", name, None, opts)
        for rules, spec in args.rules.items():
            CustomResource(
                rules,
                api_version=API_VERSION,
                kind=KIND,
                metadata=ObjectMetaArgs(name=rules, namespace=Namespace.MONITORING),
                spec=spec,
                opts=child(self),
            )
        if args.settings.installs(Operator.PROMETHEUS):
            self._alertmanager(args.settings.monitoring, args.alerts)
        self.register_outputs({"alerts": sorted({alert.name for alert in args.alerts})})

    def _alertmanager(self, monitoring: MonitoringSettings, alerts: tuple[Alert, ...]) -> None:
        given: dict[Channel, Output[str]] = {}
        for channel, key in SECRETS.items():
            value = configured(key)
            if value is not None:
                given[channel] = value
        telling = Telling(Pace(monitoring.alert_speed), monitoring.repeat_hours, frozenset(given))
        if telling.reaches_nobody:
            keys = ", ".join(
                f"{NAMESPACE}:{key}" for channel, key in SECRETS.items() if channel is not Channel.HEARTBEAT
            )
            message = f"alerts reach nobody: run `pulumi config set --secret` for one of {keys}"
            pulumi.log.warn(message, self)
        document = yaml.safe_dump(configuration(telling, alerts), sort_keys=False)
        self._secret(ALERTMANAGER_CONFIG_SECRET, {CONFIGURATION: Output.from_input(document)})
        self._secret(ALERTMANAGER_SECRETS, {channel.value: value for channel, value in given.items()})

    def _secret(self, name: str, entries: dict[str, Output[str]]) -> None:
        Secret(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=Namespace.MONITORING),
            data={entry: _encoded(value) for entry, value in entries.items()} or None,
            opts=child(self),
        )


def _encoded(value: Output[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
