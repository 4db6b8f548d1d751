"""Where the pods' logs go: Fluentd on every node, Elasticsearch, Kibana."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pulumi
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import DaemonSet, DaemonSetSpecArgsDict
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs
from pulumi_kubernetes.core.v1 import ConfigMap, Secret, Service, ServiceAccount, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from contract.names import (
    ELASTICSEARCH,
    FLUENTD,
    KIBANA,
    LOG_BOOTSTRAP_JOB,
    LOG_STREAM,
    ConfigMapName,
    Namespace,
    Port,
    SecretName,
)
from infra.components.sites import certificate, publish
from infra.logs import bootstrap, collector, elasticsearch, kibana, network, users
from infra.logs.fluentd import fluent_conf
from infra.options import Wait, child, guarded_child, timed_child
from infra.pods import pod_template
from infra.secret_sources import NAMESPACE, SecretKey, configured, configured_or_generated
from infra.sections.cluster import Operator
from infra.settings import Settings
from infra.waiting import wait_annotations, waiting_for


@dataclass(frozen=True)
class LoggingArgs:
    """The region's settings."""

    settings: Settings


class Logging(ComponentResource):
    """Elasticsearch first, then what it is to have, then who writes to it and who reads it.

    Refuses to send a line out of the residency zone: it is written to this region's store, and beside it only to the
    one host that ``logging.forward`` names. Refuses to give anybody but the operator more than their role.
    """

    def __init__(self, name: str, args: LoggingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Logging", name, None, opts)
        settings = args.settings
        self._waiting = waiting_for(settings, Operator.ELASTIC)
        guard = [
            NetworkPolicy(policy, metadata=_named(policy), spec=spec, opts=child(self))
            for policy, spec in network.policies(settings).items()
        ]
        store = self._store(settings, *guard, *self._users(settings.secrets_generation))
        service = self._alias(store)
        ready = self._bootstrap(settings, service)
        self._kibana(settings, store)
        self._fluentd(settings, ready)
        self.register_outputs({"stream": LOG_STREAM, "host": kibana.kibana_host(settings)})

    def _users(self, generation: int) -> list[Resource]:
        made: list[Resource] = [
            self._secret(SecretName.LOG_ROLES, {"roles.yml": users.roles_file()}),
        ]
        for user in users.USERS:
            password = configured_or_generated(self, user.key, f"{user.secret}-password", generation)
            values = {"username": user.name, "password": password, "roles": user.name}
            made.append(self._secret(user.secret, values, "kubernetes.io/basic-auth"))
        return made

    def _store(self, settings: Settings, *earlier: Resource) -> CustomResource:
        return CustomResource(
            ELASTICSEARCH,
            api_version="elasticsearch.k8s.elastic.co/v1",
            kind="Elasticsearch",
            metadata=_named(ELASTICSEARCH, wait_annotations(self._waiting, *elasticsearch.READY)),
            spec=elasticsearch.elasticsearch_spec(settings),
            opts=guarded_child(self, settings.protection, Wait.DATABASE, *earlier),
        )

    def _alias(self, store: Resource) -> Service:
        """The specification's name; ECK's own Service is ``elasticsearch-es-http``."""
        port = ServicePortArgs(name="https", port=Port.ELASTICSEARCH, target_port=Port.ELASTICSEARCH)
        return Service(
            f"{ELASTICSEARCH}-service",
            metadata=_named(ELASTICSEARCH, wait_annotations(self._waiting)),
            spec=ServiceSpecArgs(type="ClusterIP", selector=elasticsearch.LABELS, ports=[port]),
            opts=timed_child(self, Wait.ROLLOUT, store),
        )

    def _bootstrap(self, settings: Settings, *earlier: Resource) -> Job:
        job = bootstrap.BootstrapJob(settings)
        account = self._account(LOG_BOOTSTRAP_JOB)
        wanted = ConfigMap(
            ConfigMapName.LOG_STORE,
            metadata=_named(job.config_map),
            data={bootstrap.DESIRED: job.content},
            opts=child(self),
        )
        return Job(
            LOG_BOOTSTRAP_JOB,
            metadata=ObjectMetaArgs(
                name=job.name,
                namespace=Namespace.LOGGING,
                labels=bootstrap.LABELS,
                annotations=wait_annotations(self._waiting),
            ),
            spec=JobSpecArgs(
                backoff_limit=bootstrap.BACKOFF_LIMIT,
                active_deadline_seconds=bootstrap.DEADLINE_SECONDS,
                template=pod_template(job.workload),
            ),
            opts=timed_child(self, Wait.ROLLOUT, account, wanted, *earlier),
        )

    def _kibana(self, settings: Settings, store: Resource) -> None:
        pages = CustomResource(
            KIBANA,
            api_version="kibana.k8s.elastic.co/v1",
            kind="Kibana",
            metadata=_named(KIBANA, wait_annotations(self._waiting, kibana.READY)),
            spec=kibana.kibana_spec(settings),
            opts=timed_child(self, Wait.DATABASE, store),
        )
        site = kibana.kibana_site(settings)
        trusted = certificate(self, site.tls_secret, site.namespace, [site.host], settings)
        publish(self, site, settings, trusted, pages)

    def _fluentd(self, settings: Settings, *earlier: Resource) -> None:
        account = self._account(FLUENTD)
        text = ConfigMap(
            ConfigMapName.FLUENTD,
            metadata=_named(ConfigMapName.FLUENTD),
            data={"fluent.conf": fluent_conf(settings)},
            opts=child(self),
        )
        forward = [] if settings.logging.forward is None else self._forward_password()
        DaemonSet(
            FLUENTD,
            metadata=_named(FLUENTD, collector.EXEMPT | wait_annotations(self._waiting)),
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

    def _account(self, name: str) -> ServiceAccount:
        return ServiceAccount(
            f"{Namespace.LOGGING}-{name}",
            metadata=_named(name),
            automount_service_account_token=False,
            opts=child(self),
        )

    def _secret(self, name: str, values: Mapping[str, Input[str]], secret_type: str = "Opaque") -> Secret:  # noqa: S107
        data = {key: _encoded(value) for key, value in values.items()}
        return Secret(name, metadata=_named(name), type=secret_type, data=data, opts=child(self))


def _named(name: str, annotations: dict[str, str] | None = None) -> ObjectMetaArgs:
    return ObjectMetaArgs(name=name, namespace=Namespace.LOGGING, annotations=annotations)


def _encoded(value: Input[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
