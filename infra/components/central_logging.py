"""Where all regions' logs go: Elasticsearch and Kibana; who writes is outside."""

from dataclasses import dataclass

from pulumi import ResourceOptions

from contract.names import LOG_STREAM
from infra.central.senders import log_users
from infra.central.settings import ObservatorySettings
from infra.central.sites import logs_site
from infra.components.log_store import LogStore
from infra.components.sites import certificate, publish


@dataclass(frozen=True)
class CentralLoggingArgs:
    """The stack's settings: each sender gets a login that may add lines."""

    settings: ObservatorySettings


class CentralLogging(LogStore):
    """The store, its pages, and one path by which regions add lines. Refuses to collect logs of its own cluster."""

    def __init__(self, name: str, args: CentralLoggingArgs, opts: ResourceOptions | None = None) -> None:
        settings = args.settings
        super().__init__("CentralLogging", name, settings, opts)
        users = log_users(settings.senders)
        store = self._store(settings, users, *self._users(users, settings.secrets_generation))
        ready = self._bootstrap(settings, self._alias(store))
        self._kibana(settings, store)
        site = logs_site(settings)
        trusted = certificate(self, site.tls_secret, site.namespace, [site.host], settings)
        publish(self, site, settings, trusted, ready)
        self.register_outputs({"stream": LOG_STREAM, "host": site.host})
