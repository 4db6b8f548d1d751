"""The log store and its pages: Elasticsearch with its users, what it is to have, Kibana and the way to it."""

import base64
from collections.abc import Iterable, Mapping

from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs
from pulumi_kubernetes.core.v1 import ConfigMap, Secret, Service, ServiceAccount, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicySpecArgs

from contract.names import ELASTICSEARCH, KIBANA, LOG_BOOTSTRAP_JOB, ConfigMapName, Namespace, Port, SecretName
from infra.components.sites import certificate, publish
from infra.logs import bootstrap, elasticsearch, kibana, users
from infra.options import Wait, child, guarded_child, timed_child
from infra.pods import pod_template
from infra.secret_sources import configured_or_generated, generated
from infra.sections.cluster import Operator
from infra.stack_settings import StackSettings
from infra.waiting import wait_annotations, waiting_for


class LogStore(ComponentResource):
    """What a region and a dedicated monitoring stack have in common. Refuses to give a user more than its role."""

    def __init__(self, kind: str, name: str, settings: StackSettings, opts: ResourceOptions | None) -> None:
        super().__init__(f"mcp:platform:{kind}", name, None, opts)
        self._waiting = waiting_for(settings, Operator.ELASTIC)

    def _guard(self, policies: Mapping[str, NetworkPolicySpecArgs]) -> list[Resource]:
        return [
            NetworkPolicy(policy, metadata=self._named(policy), spec=spec, opts=child(self))
            for policy, spec in policies.items()
        ]

    def _users(self, logins: Iterable[users.User], generation: int) -> list[Resource]:
        made: list[Resource] = [self._secret(SecretName.LOG_ROLES, {"roles.yml": users.roles_file()})]
        for user in logins:
            name = f"{user.secret}-password"
            password = (
                generated(self, name, generation)
                if user.key is None
                else configured_or_generated(self, user.key, name, generation)
            )
            values = {"username": user.name, "password": password, "roles": user.role}
            made.append(self._secret(user.secret, values, "kubernetes.io/basic-auth"))
        return made

    def _store(self, settings: StackSettings, logins: Iterable[users.User], *earlier: Resource) -> CustomResource:
        return CustomResource(
            ELASTICSEARCH,
            api_version="elasticsearch.k8s.elastic.co/v1",
            kind="Elasticsearch",
            metadata=self._named(ELASTICSEARCH, wait_annotations(self._waiting, *elasticsearch.READY)),
            spec=elasticsearch.elasticsearch_spec(settings, logins),
            opts=guarded_child(self, settings.protection, Wait.DATABASE, *earlier),
        )

    def _alias(self, store: Resource) -> Service:
        """The specification's name; ECK's own Service is ``elasticsearch-es-http``."""
        port = ServicePortArgs(name="https", port=Port.ELASTICSEARCH, target_port=Port.ELASTICSEARCH)
        return Service(
            f"{ELASTICSEARCH}-service",
            metadata=self._named(ELASTICSEARCH, wait_annotations(self._waiting)),
            spec=ServiceSpecArgs(type="ClusterIP", selector=elasticsearch.LABELS, ports=[port]),
            opts=timed_child(self, Wait.ROLLOUT, store),
        )

    def _bootstrap(self, settings: StackSettings, *earlier: Resource) -> Job:
        job = bootstrap.BootstrapJob(settings)
        account = self._account(LOG_BOOTSTRAP_JOB)
        wanted = ConfigMap(
            ConfigMapName.LOG_STORE,
            metadata=self._named(job.config_map),
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

    def _kibana(self, settings: StackSettings, store: Resource) -> None:
        pages = CustomResource(
            KIBANA,
            api_version="kibana.k8s.elastic.co/v1",
            kind="Kibana",
            metadata=self._named(KIBANA, wait_annotations(self._waiting, kibana.READY)),
            spec=kibana.kibana_spec(settings),
            opts=timed_child(self, Wait.DATABASE, store),
        )
        site = kibana.kibana_site(settings)
        trusted = certificate(self, site.tls_secret, site.namespace, [site.host], settings)
        publish(self, site, settings, trusted, pages)

    def _account(self, name: str) -> ServiceAccount:
        return ServiceAccount(
            f"{Namespace.LOGGING}-{name}",
            metadata=self._named(name),
            automount_service_account_token=False,
            opts=child(self),
        )

    def _secret(self, name: str, values: Mapping[str, Input[str]], secret_type: str = "Opaque") -> Secret:  # noqa: S107
        data = {key: _encoded(value) for key, value in values.items()}
        return Secret(name, metadata=self._named(name), type=secret_type, data=data, opts=child(self))

    @staticmethod
    def _named(name: str, annotations: dict[str, str] | None = None) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=Namespace.LOGGING, annotations=annotations)


def _encoded(value: Input[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
