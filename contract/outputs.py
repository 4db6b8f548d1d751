"""Outputs of a region's stack: what other stacks and operators read. Names and addresses, never a secret's value.

Keys are only added under one version. A reader ignores keys that it does not know and refuses versions that it does
not know. The JSON Schema is ``docs/reference/outputs.schema.json``.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.errors import ContractError, describe

VERSION: Final = 1
"""Raised when a key changes its meaning or goes."""


class Output(BaseModel):
    """A part of the outputs: frozen; keys of later releases are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SecretRef(Output):
    """Where a secret is, never what it is."""

    namespace: str
    name: str
    key: str


class DatabaseOutputs(Output):
    """The region's PostgreSQL."""

    namespace: str
    cluster: str
    """CloudNativePG ``Cluster``."""
    database: str
    instances: int
    port: int


class BackupOutputs(Output):
    """Where backups go and when."""

    store: str
    """``s3`` or ``gcs``."""
    bucket: str
    region: str
    endpoint: str | None
    object_store: str
    """Barman's ``ObjectStore`` in the database's namespace."""
    scheduled_backup: str
    cron_jobs: dict[str, str]
    """CronJob, as ``namespace/name`` -> its schedule, UTC."""
    retention_days: int


class MonitoringOutputs(Output):
    """Inside the cluster, where to ask."""

    namespace: str
    prometheus: str
    """URL."""
    alertmanager: str
    """URL."""
    remote_write: str | None


class LoggingOutputs(Output):
    """Where logs are."""

    namespace: str
    elasticsearch: str
    """URL inside the cluster."""
    stream: str
    """Data stream that every line goes to."""
    retention_days: int
    forward: str | None


class RegionOutputs(Output):
    """Outputs of a region's stack."""

    contract_version: Literal[1]
    region: str
    residency: str
    environment: str
    image: str
    protection: bool
    namespaces: list[str]
    urls: dict[str, str]
    """``api``, ``websocket`` and, where they are on, ``grafana`` and ``kibana``: as people reach them."""
    services: dict[str, str]
    """What a client inside the cluster connects to."""
    secrets: dict[str, SecretRef]
    roles: list[str]
    workflows: list[str]
    migration_job: str
    autoscalers: dict[str, str]
    """Deployment, as ``namespace/name`` -> its HorizontalPodAutoscaler; empty where replicas are fixed."""
    operators: dict[str, str]
    """Operator -> ``stack``, ``cluster`` or ``none``."""
    database: DatabaseOutputs
    backup: BackupOutputs | None
    monitoring: MonitoringOutputs | None
    logging: LoggingOutputs | None


def parse_outputs(document: object, stack: str) -> RegionOutputs:
    """Outputs of ``stack`` from what ``pulumi stack output --json`` printed. Raises :class:`ContractError`."""
    version = document.get("contract_version") if isinstance(document, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if version != VERSION:
        raise ContractError(
            f"outputs of stack {stack}",
            f"contract_version is {version}, but this release reads {VERSION}: bring stack and command to one release",
        )
    try:
        return RegionOutputs.model_validate(document)
    except ValidationError as error:
        raise ContractError(f"outputs of stack {stack}", f"{describe(error)}: run `pulumi up` again") from error
