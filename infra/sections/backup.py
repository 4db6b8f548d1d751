"""Backups: an object store for the database's archive and for the daily dumps."""

from enum import StrEnum

from pydantic import Field

from infra.sections.section import HttpsUrl, OnOff, Section, Switch


class StoreKind(StrEnum):
    """Protocol of the object store."""

    S3 = "s3"
    GCS = "gcs"


class Backup(Section):
    """Archive, base backups, daily dumps."""

    enabled: OnOff = Switch.ON
    store: StoreKind = StoreKind.S3
    bucket: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    """Left out, ``mcp-platform-backups-<region>``."""
    endpoint: HttpsUrl | None = None
    """Of a store that speaks S3 and is not Amazon's; its keys are ``backupAccessKeyId`` and ``backupSecretAccessKey``.

    Without one, pods reach the store by their workload identity.
    """
    retention_days: int = Field(default=30, ge=1, le=3650)
