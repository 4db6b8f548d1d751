"""Where the pods' logs go: Fluentd on every node, Elasticsearch, Kibana."""

from dataclasses import dataclass
from typing import cast

import pulumi
from pulumi import Resource, ResourceOptions
from pulumi_kubernetes.apps.v1 import DaemonSet, DaemonSetSpecArgsDict
from pulumi_kubernetes.core.v1 import ConfigMap

from contract.names import FLUENTD, LOG_STREAM, ConfigMapName, SecretName
from infra.components.log_store import LogStore
from infra.logs import collector, kibana, network, users
from infra.logs.fluentd import fluent_conf
from infra.options import Wait, child, timed_child
from infra.secret_sources import NAMESPACE, SecretKey, configured
from infra.settings import Settings
from infra.waiting import wait_annotations


@dataclass(frozen=True)
class LoggingArgs:
    """The region's settings."""

    settings: Settings


class Logging(LogStore):
    """Elasticsearch first, then what it is to have, then who writes to it and who reads it.

    Refuses to send a line out of the residency zone: it is written to this region's store, and beside it only to the
    one host that ``logging.forward`` names. Refuses to give anybody but the operator more than their role.
    """

    def __init__(self, name: str, args: LoggingArgs, opts: ResourceOptions | None = None) -> None:
        settings = args.settings
        super().__init__("Logging", name, settings, opts)
        guard = self._guard(network.policies(settings))
        logins = self._users(users.USERS, settings.secrets_generation)
        store = self._store(settings, users.USERS, *guard, *logins)
        service = self._alias(store)
        ready = self._bootstrap(settings, service)
        self._kibana(settings, store)
        self._fluentd(settings, ready)
        self.register_outputs({"stream": LOG_STREAM, "host": kibana.kibana_host(settings)})

    def _fluentd(self, settings: Settings, *earlier: Resource) -> None:
        account = self._account(FLUENTD)
        text = ConfigMap(
            ConfigMapName.FLUENTD,
            metadata=self._named(ConfigMapName.FLUENTD),
            data={"fluent.conf": fluent_conf(settings)},
            opts=child(self),
        )
        forward = [] if settings.logging.forward is None else self._forward_password()
        DaemonSet(
            FLUENTD,
            metadata=self._named(FLUENTD, collector.EXEMPT | wait_annotations(self._waiting)),
            spec=cast("DaemonSetSpecArgsDict", collector.daemon_set_spec(settings)),
            opts=timed_child(self, Wait.ROLLOUT, account, text, *forward, *earlier),
        )

    def _forward_password(self) -> list[Resource]:
        password = configured(SecretKey.LOG_FORWARD_PASSWORD)
        if password is None:
            command = f"pulumi config set --secret {NAMESPACE}:{SecretKey.LOG_FORWARD_PASSWORD}"
            pulumi.log.warn(f"Fluentd cannot write to logging.forward: run `{command}`", self)
            return []
        return [self._secret(SecretName.LOG_FORWARD, {"password": password})]
