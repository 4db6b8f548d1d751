"""Every Secret of a region. They are files in pods, never environment variables."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import ComponentResource, Input, Output, ResourceOptions
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_random import RandomBytes

from contract.names import (
    CACHE,
    DATABASE_CLUSTER,
    DATABASE_NAME,
    DatabaseLogin,
    Namespace,
    Port,
    SecretName,
    service_host,
)
from infra.options import child
from infra.secret_sources import NAMESPACE, SecretKey, configured, configured_or_generated
from infra.sections.llm import Provider
from infra.signing import key_pair

CACHE_CONFIGURATION = "auth.conf"
"""Key of ``cache-credentials`` in namespace ``cache``: the server's configuration with its password."""

LLM_KEYS = {
    Provider.OPENAI: ("openai-api-key", SecretKey.OPENAI_API_KEY),
    Provider.ANTHROPIC: ("anthropic-api-key", SecretKey.ANTHROPIC_API_KEY),
}
"""Provider -> key of ``llm-secrets``, and where it is configured."""


@dataclass(frozen=True)
class CredentialsArgs:
    """``providers`` are those of the language models that agents prefer; the hosts are what clients connect to."""

    providers: tuple[Provider, ...]
    database_host: str = service_host(DATABASE_CLUSTER, Namespace.DATABASE)
    cache_host: str = service_host(CACHE, Namespace.CACHE)


class Credentials(ComponentResource):
    """Generated or configured secrets as Kubernetes Secrets. Refuses to export any of them."""

    public_key: Output[str]
    """The engine's public key, PEM; not a secret."""

    def __init__(self, name: str, args: CredentialsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Credentials", name, None, opts)
        self._database(args)
        self._cache(args)
        self.public_key = self._signing_key()
        token = configured_or_generated(self, SecretKey.API_TOKEN, "api-token")
        self._secret(Namespace.ORCHESTRATION, SecretName.API_TOKEN, {"token": token})
        self._llm(args.providers)
        self.register_outputs({"public_key": self.public_key})

    def _database(self, args: CredentialsArgs) -> None:
        passwords = {
            DatabaseLogin.OWNER: configured_or_generated(self, SecretKey.OWNER_PASSWORD, "database-owner-password"),
            DatabaseLogin.API: configured_or_generated(self, SecretKey.API_PASSWORD, "database-api-password"),
            DatabaseLogin.WORKER: configured_or_generated(self, SecretKey.WORKER_PASSWORD, "database-worker-password"),
            DatabaseLogin.BACKUP: configured_or_generated(self, SecretKey.BACKUP_PASSWORD, "database-backup-password"),
        }
        for login, secret in (
            (DatabaseLogin.OWNER, SecretName.POSTGRES_OWNER),
            (DatabaseLogin.API, SecretName.DATABASE_API),
            (DatabaseLogin.WORKER, SecretName.DATABASE_WORKER),
            (DatabaseLogin.BACKUP, SecretName.DATABASE_BACKUP),
        ):
            self._secret(
                Namespace.DATABASE,
                secret,
                {"username": login, "password": passwords[login]},
                secret_type="kubernetes.io/basic-auth",  # noqa: S106 - a type, not a secret
                labels={"cnpg.io/reload": "true"},
            )
        for login, secret in (
            (DatabaseLogin.OWNER, SecretName.DATABASE_OWNER),
            (DatabaseLogin.API, SecretName.DATABASE_API),
            (DatabaseLogin.WORKER, SecretName.DATABASE_WORKER),
        ):
            url = Output.concat(
                f"postgresql://{login}:",
                passwords[login],
                f"@{args.database_host}:{Port.DATABASE}/{DATABASE_NAME}?sslmode=require",
            )
            self._secret(
                Namespace.ORCHESTRATION,
                secret,
                {"username": login, "password": passwords[login], "connection-string": url},
            )

    def _cache(self, args: CredentialsArgs) -> None:
        password = configured_or_generated(self, SecretKey.CACHE_PASSWORD, "cache-password")
        url = Output.concat("redis://:", password, f"@{args.cache_host}:{Port.CACHE}/0")
        configuration = Output.concat("requirepass ", password, "\n")
        self._secret(
            Namespace.CACHE, SecretName.CACHE, {"password": password, "url": url, CACHE_CONFIGURATION: configuration}
        )
        self._secret(Namespace.ORCHESTRATION, SecretName.CACHE, {"password": password, "url": url})

    def _signing_key(self) -> Output[str]:
        seed = RandomBytes("engine-signing-seed", length=32, opts=child(self))
        keys = Output.secret(seed.base64).apply(key_pair)
        self._secret(
            Namespace.ORCHESTRATION, SecretName.SIGNING_KEY, {"private.pem": keys.apply(lambda pair: pair.private)}
        )
        return Output.unsecret(keys.apply(lambda pair: pair.public))

    def _llm(self, providers: tuple[Provider, ...]) -> None:
        given: dict[str, Output[str]] = {}
        for provider, (entry, key) in LLM_KEYS.items():
            value = configured(key)
            if value is not None:
                given[entry] = value
            elif provider in providers:
                command = f"pulumi config set --secret {NAMESPACE}:{key}"
                pulumi.log.warn(f"agents cannot call {provider}, which llm.preference names: run `{command}`", self)
        self._secret(Namespace.AGENTS, SecretName.LLM, given)

    def _secret(
        self,
        namespace: Namespace,
        name: str,
        values: Mapping[str, Input[str]],
        secret_type: str = "Opaque",  # noqa: S107 - a type, not a secret
        labels: dict[str, str] | None = None,
    ) -> None:
        Secret(
            f"{namespace}-{name}",
            metadata=ObjectMetaArgs(name=name, namespace=namespace, labels=labels),
            type=secret_type,
            data={key: _encoded(value) for key, value in values.items()} or None,
            opts=child(self),
        )


def _encoded(value: Input[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
