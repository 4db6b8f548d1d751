"""Where a secret comes from: an encrypted configuration key of its own, or else a generator whose result Pulumi keeps.

Every secret is its own key in namespace ``mcp``; none is part of ``mcp:settings``, which would hand it out in clear.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import pulumi
from pulumi import Output, Resource
from pulumi_random import RandomPassword

from infra.faults import Fault, SettingsError, nearest
from infra.options import child
from infra.rotation import Generations, generations, named

NAMESPACE: Final = "mcp"
PASSWORD_LENGTH: Final = 40


class SecretKey(StrEnum):
    """Configuration keys that may hold a secret; the generated ones are optional."""

    OPENAI_API_KEY = "openaiApiKey"
    ANTHROPIC_API_KEY = "anthropicApiKey"
    OWNER_PASSWORD = "databaseOwnerPassword"  # noqa: S105 - the name of a key
    API_PASSWORD = "databaseApiPassword"  # noqa: S105
    WORKER_PASSWORD = "databaseWorkerPassword"  # noqa: S105
    BACKUP_PASSWORD = "databaseBackupPassword"  # noqa: S105
    CACHE_PASSWORD = "cachePassword"  # noqa: S105
    API_TOKEN = "apiToken"  # noqa: S105
    GRAFANA_PASSWORD = "grafanaAdminPassword"  # noqa: S105
    LOG_WRITER_PASSWORD = "logWriterPassword"  # noqa: S105
    LOG_READER_PASSWORD = "logReaderPassword"  # noqa: S105
    LOG_BOOTSTRAP_PASSWORD = "logBootstrapPassword"  # noqa: S105
    LOG_FORWARD_PASSWORD = "logForwardPassword"  # noqa: S105
    REMOTE_WRITE_PASSWORD = "remoteWritePassword"  # noqa: S105
    BACKUP_SECRET_ACCESS_KEY = "backupSecretAccessKey"  # noqa: S105
    BACKUP_ACCESS_KEY_ID = "backupAccessKeyId"
    DNS_UPDATE_KEY = "dnsUpdateKey"
    ALERT_WEBHOOK_URL = "alertWebhookUrl"
    ALERT_PAGERDUTY_KEY = "alertPagerdutyKey"
    ALERT_SLACK_URL = "alertSlackUrl"
    ALERT_HEARTBEAT_URL = "alertHeartbeatUrl"


def check_keys(present: Iterable[str], encrypted: Iterable[str], read: Iterable[SecretKey] = SecretKey) -> None:
    """Refuse keys of namespace ``mcp`` that nothing reads and secrets that are not encrypted.

    ``present`` and ``encrypted`` are full names, ``mcp:settings`` among them; ``read`` are those of the stack's kind.
    Raises :class:`SettingsError`.
    """
    valid = ["settings", *read]
    sealed = set(encrypted)
    faults: list[Fault] = []
    for full in sorted(present):
        namespace, _, key = full.partition(":")
        if namespace != NAMESPACE:
            continue
        if key not in valid:
            faults.append(Fault(full, "…", f"is not a configuration key; {nearest(key, valid)}"))
        elif key != "settings" and full not in sealed:
            faults.append(Fault(full, "…", f"is in clear: run `pulumi config set --secret {full}`"))
    if faults:
        raise SettingsError(faults)


def configured(key: SecretKey) -> Output[str] | None:
    """The secret under ``key``, if it is configured."""
    return pulumi.Config(NAMESPACE).get_secret(key)


def configured_or_generated(parent: Resource, key: SecretKey, name: str, generation: int = 1) -> Output[str]:
    """The secret under ``key``, else the password of ``generation`` that is generated under ``name``."""
    given = configured(key)
    return generated(parent, name, generation) if given is None else given


def generated(parent: Resource, name: str, generation: int) -> Output[str]:
    """A password of letters and digits, safe in a URL; each generation is a resource of its own."""
    password = RandomPassword(named(name, generation), length=PASSWORD_LENGTH, special=False, opts=child(parent))
    return Output.secret(password.result)


def rotating(parent: Resource, key: SecretKey, name: str, generation: int) -> Generations[Output[str]]:
    """Three generations of a password, the current one from ``key`` where that is configured."""

    def make(number: int) -> Output[str]:
        return (configured(key) if number == generation else None) or generated(parent, name, number)

    return generations(generation, make)
