"""Every Secret of a region. They are files in pods, never environment variables."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

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
from infra import rotation
from infra.cache import secret as cache_secret
from infra.monitoring.names import GRAFANA_ADMIN_SECRET, REMOTE_WRITE_SECRET
from infra.options import child
from infra.secret_sources import NAMESPACE, SecretKey, configured, configured_or_generated, rotating
from infra.sections.llm import Provider
from infra.signing import KeyPair, key_pair

LLM_KEYS = {
    Provider.OPENAI: ("openai-api-key", SecretKey.OPENAI_API_KEY),
    Provider.ANTHROPIC: ("anthropic-api-key", SecretKey.ANTHROPIC_API_KEY),
}
"""Provider -> key of ``llm-secrets``, and where it is configured."""


@dataclass(frozen=True)
class CredentialsArgs:
    """``providers`` are those of the language models that agents prefer; the hosts are what clients connect to.

    ``generation`` is the settings' ``secretsGeneration``. ``grafana`` says whether this stack installs one;
    ``remote_write_user`` is who sends metrics to a dedicated monitoring stack, where there is one.
    """

    providers: tuple[Provider, ...]
    generation: int = 1
    grafana: bool = False
    remote_write_user: str | None = None
    cache_replicas: int = 1
    database_host: str = service_host(DATABASE_CLUSTER, Namespace.DATABASE)
    cache_host: str = service_host(CACHE, Namespace.CACHE)


class Credentials(ComponentResource):
    """Generated or configured secrets as Kubernetes Secrets. Refuses to export any of them."""

    public_keys: Output[str]
    """The engine's public keys of three generations, PEM one after the other; not a secret."""
    llm_keys: tuple[str, ...]
    """Which keys ``llm-secrets`` holds: an agent reads a changed key by itself and learns of a new one at its start."""

    def __init__(self, name: str, args: CredentialsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Credentials", name, None, opts)
        self._generation = args.generation
        self._database(args)
        self._cache(args)
        self.public_keys = self._signing_key()
        self._api_token()
        self._llm(args.providers)
        self._monitoring(args)
        self.register_outputs({"public_keys": self.public_keys})

    def _database(self, args: CredentialsArgs) -> None:
        owner = self._password(SecretKey.OWNER_PASSWORD, "database-owner-password")
        self._login(SecretName.POSTGRES_OWNER, _connection(args, DatabaseLogin.OWNER, owner))
        self._secret(Namespace.ORCHESTRATION, SecretName.DATABASE_OWNER, _connection(args, DatabaseLogin.OWNER, owner))
        backup = self._password(SecretKey.BACKUP_PASSWORD, "database-backup-password")
        self._login(SecretName.DATABASE_BACKUP, _connection(args, DatabaseLogin.BACKUP, backup))
        for role, key in (
            (DatabaseLogin.API, SecretKey.API_PASSWORD),
            (DatabaseLogin.WORKER, SecretKey.WORKER_PASSWORD),
        ):
            passwords = rotating(self, key, f"database-{role}-password", args.generation)
            for number, password in passwords.accepted:
                login = rotation.login(role, number)
                self._login(login.secret, {"username": login.name, "password": password})
            name = rotation.login(role, args.generation).name
            self._secret(Namespace.ORCHESTRATION, rotation.SECRETS[role], _connection(args, name, passwords.current))

    def _login(self, name: str, values: Mapping[str, Input[str]]) -> None:
        """What CloudNativePG gives a login, as soon as it changes."""
        self._secret(
            Namespace.DATABASE,
            name,
            values,
            secret_type="kubernetes.io/basic-auth",  # noqa: S106 - a type, not a secret
            labels={"cnpg.io/reload": "true"},
        )

    def _api_token(self) -> None:
        tokens = rotating(self, SecretKey.API_TOKEN, "api-token", self._generation)
        accepted = Output.concat(*(part for number, token in tokens.accepted for part in (f"{number} ", token, "\n")))
        self._secret(Namespace.ORCHESTRATION, SecretName.API_TOKEN, {"token": tokens.current, "accepted": accepted})

    def _cache(self, args: CredentialsArgs) -> None:
        passwords = rotating(self, SecretKey.CACHE_PASSWORD, "cache-password", args.generation)
        password = passwords.current
        url = Output.concat(
            "redis://:", password.apply(lambda text: quote(text, safe="")), f"@{args.cache_host}:{Port.CACHE}/0"
        )
        files = Output.all(password, passwords.next, passwords.previous).apply(
            lambda texts: cache_secret.files(texts[0], args.cache_replicas, *texts[1:])
        )
        self._secret(
            Namespace.CACHE, SecretName.CACHE, {name: files[name] for name in cache_secret.names(args.cache_replicas)}
        )
        self._secret(Namespace.ORCHESTRATION, SecretName.CACHE, {"password": password, "url": url})

    def _signing_key(self) -> Output[str]:
        def pair(number: int) -> Output[KeyPair]:
            seed = RandomBytes(rotation.named("engine-signing-seed", number), length=32, opts=child(self))
            return Output.secret(seed.base64).apply(key_pair)

        keys = rotation.generations(self._generation, pair)
        self._secret(
            Namespace.ORCHESTRATION,
            SecretName.SIGNING_KEY,
            {"private.pem": keys.current.apply(lambda key: key.private)},
        )
        public = (keys.current, keys.next, keys.previous)
        return Output.unsecret(Output.concat(*(each.apply(lambda key: key.public) for each in public)))

    def _llm(self, providers: tuple[Provider, ...]) -> None:
        given: dict[str, Output[str]] = {}
        for provider, (entry, key) in LLM_KEYS.items():
            value = configured(key)
            if value is not None:
                given[entry] = value
            elif provider in providers:
                command = f"pulumi config set --secret {NAMESPACE}:{key}"
                pulumi.log.warn(f"agents cannot call {provider}, which llm.preference names: run `{command}`", self)
        self.llm_keys = tuple(sorted(given))
        self._secret(Namespace.AGENTS, SecretName.LLM, given)

    def _monitoring(self, args: CredentialsArgs) -> None:
        if args.grafana:
            password = self._password(SecretKey.GRAFANA_PASSWORD, "grafana-admin-password")
            self._secret(
                Namespace.MONITORING, GRAFANA_ADMIN_SECRET, {"admin-user": "admin", "admin-password": password}
            )
        sender, theirs = args.remote_write_user, configured(SecretKey.REMOTE_WRITE_PASSWORD)
        if sender is not None and theirs is not None:
            self._secret(Namespace.MONITORING, REMOTE_WRITE_SECRET, {"username": sender, "password": theirs})

    def _password(self, key: SecretKey, name: str) -> Output[str]:
        return configured_or_generated(self, key, name, self._generation)

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


def _connection(args: CredentialsArgs, login: str, password: Output[str]) -> dict[str, Input[str]]:
    """A login with the URL by which it connects."""
    place = f"@{args.database_host}:{Port.DATABASE}/{DATABASE_NAME}?sslmode=require"
    url = Output.concat(f"postgresql://{login}:", password, place)
    return {"username": login, "password": password, "connection-string": url}


def _encoded(value: Input[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
