"""What is watched for, and who is told: rules for Prometheus, configuration and secrets for Alertmanager."""

import base64
from dataclasses import dataclass

import pulumi
import yaml
from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from contract.names import Namespace
from infra.monitoring.alertmanager import CONFIGURATION, SECRETS, Channel, Telling, configuration
from infra.monitoring.names import ALERTMANAGER_CONFIG_SECRET, ALERTMANAGER_SECRETS
from infra.monitoring.rules.alert import Scope
from infra.monitoring.rules.catalogue import API_VERSION, KIND, all_alerts, prometheus_rules
from infra.monitoring.targets import targets
from infra.options import child
from infra.secret_sources import NAMESPACE, configured
from infra.sections.cluster import Operator
from infra.settings import Settings


@dataclass(frozen=True)
class AlertsArgs:
    """The region's settings, and the ids of its roles."""

    settings: Settings
    roles: tuple[str, ...]


class Alerts(ComponentResource):
    """One PrometheusRule for each theme, and what Alertmanager needs where the stack installs it.

    Refuses rules on jobs that nothing reads. Where no receiver is configured, alerts are shown and told to nobody, and
    a preview says so.
    """

    def __init__(self, name: str, args: AlertsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Alerts", name, None, opts)
        scope = scope_of(args.settings, args.roles)
        for rules, spec in prometheus_rules(scope).items():
            CustomResource(
                rules,
                api_version=API_VERSION,
                kind=KIND,
                metadata=ObjectMetaArgs(name=rules, namespace=Namespace.MONITORING),
                spec=spec,
                opts=child(self),
            )
        if args.settings.installs(Operator.PROMETHEUS):
            self._alertmanager(scope)
        self.register_outputs({"alerts": sorted({alert.name for alert in all_alerts(scope)})})

    def _alertmanager(self, scope: Scope) -> None:
        given: dict[Channel, Output[str]] = {}
        for channel, key in SECRETS.items():
            value = configured(key)
            if value is not None:
                given[channel] = value
        telling = Telling(scope.pace, scope.settings.monitoring.repeat_hours, frozenset(given))
        if telling.reaches_nobody:
            keys = ", ".join(
                f"{NAMESPACE}:{key}" for channel, key in SECRETS.items() if channel is not Channel.HEARTBEAT
            )
            message = f"alerts reach nobody: run `pulumi config set --secret` for one of {keys}"
            pulumi.log.warn(message, self)
        document = yaml.safe_dump(configuration(telling, all_alerts(scope)), sort_keys=False)
        self._secret(ALERTMANAGER_CONFIG_SECRET, {CONFIGURATION: Output.from_input(document)})
        self._secret(ALERTMANAGER_SECRETS, {channel.value: value for channel, value in given.items()})

    def _secret(self, name: str, entries: dict[str, Output[str]]) -> None:
        Secret(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=Namespace.MONITORING),
            data={entry: _encoded(value) for entry, value in entries.items()} or None,
            opts=child(self),
        )


def scope_of(settings: Settings, roles: tuple[str, ...]) -> Scope:
    """What the region's rules depend on."""
    return Scope(settings, roles, frozenset(target.job for target in targets(settings, roles)))


def _encoded(value: Output[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
