"""Outputs of a region's stack and of a monitoring stack: what other stacks and operators read.

Names and addresses, never a secret's value. Keys are only added under one version. A reader ignores keys that it does
not know and refuses versions that it does not know. The JSON Schemas are ``docs/reference/outputs.schema.json`` and
``observatory-outputs.schema.json``.
"""

from typing import Final, Literal, TypeVar, cast

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
    kind: Literal["region"] = "region"
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


class SenderOutputs(Output):
    """Where the passwords are that one region's stack is to be given; its name is the user's."""

    remote_write: SecretRef
    """For that stack's ``mcp:remoteWritePassword``."""
    log_forward: SecretRef
    """For that stack's ``mcp:logForwardPassword``."""


class ObservatoryOutputs(Output):
    """Outputs of the dedicated monitoring stack of a residency zone."""

    contract_version: Literal[1]
    kind: Literal["monitoring"]
    region: str
    residency: str
    environment: str
    image: str
    protection: bool
    namespaces: list[str]
    urls: dict[str, str]
    """``grafana`` and ``kibana``, as people reach them."""
    remote_write: str
    """What a region's ``monitoring.remoteWrite`` is to be."""
    log_forward: str
    """What a region's ``logging.forward`` is to be."""
    senders: dict[str, SenderOutputs]
    """Region -> where its passwords are."""
    secrets: dict[str, SecretRef]
    operators: dict[str, str]
    """Operator -> ``stack`` or ``cluster``."""
    monitoring: MonitoringOutputs
    logging: LoggingOutputs


AnyOutputs = TypeVar("AnyOutputs", RegionOutputs, ObservatoryOutputs)


def parse_outputs(document: object, stack: str) -> RegionOutputs:
    """Outputs of a region's ``stack``, as ``pulumi stack output --json`` prints them. Raises :class:`ContractError`."""
    return _parsed(RegionOutputs, "region", document, stack)


def parse_observatory_outputs(document: object, stack: str) -> ObservatoryOutputs:
    """The same of a monitoring stack."""
    return _parsed(ObservatoryOutputs, "monitoring", document, stack)


def _parsed(model: type[AnyOutputs], kind: str, document: object, stack: str) -> AnyOutputs:
    said = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    version, found = said.get("contract_version"), said.get("kind", "region")
    if version != VERSION:
        raise ContractError(
            f"outputs of stack {stack}",
            f"contract_version is {version}, but this release reads {VERSION}: bring stack and command to one release",
        )
    if found != kind:
        raise ContractError(f"outputs of stack {stack}", f"it is of kind {found}: name a stack of kind {kind}")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise ContractError(f"outputs of stack {stack}", f"{describe(error)}: run `pulumi up` again") from error
