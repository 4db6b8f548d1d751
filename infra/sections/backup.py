"""Backups: an object store for the database's archive and for the daily dumps."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.sections.section import HttpsUrl, OnOff, Section, Switch

AgeRecipient = Annotated[str, Field(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]


class StoreKind(StrEnum):
    """Protocol of the object store."""

    S3 = "s3"
    GCS = "gcs"


class Backup(Section):
    """Archive, base backups, daily dumps."""

    enabled: OnOff = Switch.ON
    """Off: nothing is archived or dumped."""
    store: StoreKind = StoreKind.S3
    """Protocol of the object store."""
    bucket: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    """Left out, ``mcp-platform-backups-<region>``."""
    endpoint: HttpsUrl | None = None
    """Of a store that speaks S3 and is not Amazon's; its keys are ``backupAccessKeyId`` and ``backupSecretAccessKey``.

    Without one, pods reach the store by their workload identity.
    """
    recipients: tuple[AgeRecipient, ...] = Field(default=(), max_length=8)
    """Public age keys that dumps are encrypted to: one whose private key is kept offline, one for drills."""
    retention_days: int = Field(default=30, ge=1, le=3650)
    """Days that archive and dumps are kept."""
