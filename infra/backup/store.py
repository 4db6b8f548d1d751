"""The object store of a region's backups, and how each of its users reaches it.

Prefixes are the specification's; the bucket carries the region, since each region has its own.
"""

from typing import Any, Final

from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgs

from contract.names import SecretName
from infra import traffic
from infra.sections.backup import StoreKind
from infra.settings import Settings

ACCESS_KEY_ID: Final = "access-key-id"
SECRET_ACCESS_KEY: Final = "secret-access-key"  # noqa: S105 - the name of an entry
SCHEMES: Final = {StoreKind.S3: "s3", StoreKind.GCS: "gs"}
ARCHIVE: Final = "archive"
"""Prefix of WAL and base backups, beside the specification's ``database`` and ``config``."""


def bucket(settings: Settings) -> str:
    """Name of the bucket."""
    return settings.backup.bucket or f"mcp-platform-backups-{settings.region}"


def address(settings: Settings) -> str:
    """``s3://mcp-platform-backups-us-east-1``."""
    return f"{SCHEMES[settings.backup.store]}://{bucket(settings)}"


def object_store(settings: Settings) -> dict[str, Any]:
    """Spec of Barman's ``ObjectStore`` (plugin-barman-cloud v0.7.0)."""
    backup = settings.backup
    configuration: dict[str, Any] = {
        "destinationPath": f"{address(settings)}/{ARCHIVE}",
        "data": {"compression": "gzip"},
        "wal": {"compression": "gzip", "maxParallel": 8},
        **_identity(settings),
    }
    if backup.endpoint is not None:
        configuration["endpointURL"] = backup.endpoint
    return {
        "configuration": configuration,
        "retentionPolicy": f"{backup.retention_days}d",
        "instanceSidecarConfiguration": {
            **_sidecar_environment(settings),
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"cpu": "1000m", "memory": "512Mi"},
            },
        },
    }


def _sidecar_environment(settings: Settings) -> dict[str, Any]:
    """Stores that are not Amazon's may refuse the checksums that its client sends by default."""
    if settings.backup.endpoint is None:
        return {}
    names = ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION")
    return {"env": [{"name": name, "value": "when_required"} for name in names]}


def way_to_the_store(settings: Settings) -> list[NetworkPolicyEgressRuleArgs]:
    """Edges to the store, and to whoever gives a pod its cloud identity."""
    backup = settings.backup
    if backup.endpoint is not None:
        return [traffic.to_anywhere(_port(backup.endpoint))]
    return [traffic.TO_PUBLIC_HTTPS, traffic.to_identity(backup.store)]


def _identity(settings: Settings) -> dict[str, Any]:
    if settings.backup.endpoint is not None:
        return {
            "s3Credentials": {
                "accessKeyId": {"name": SecretName.BACKUP_STORE, "key": ACCESS_KEY_ID},
                "secretAccessKey": {"name": SecretName.BACKUP_STORE, "key": SECRET_ACCESS_KEY},
            }
        }
    if settings.backup.store is StoreKind.GCS:
        return {"googleCredentials": {"gkeEnvironment": True}}
    return {"s3Credentials": {"inheritFromIAMRole": True}}


def _port(endpoint: str) -> int:
    host = endpoint.removeprefix("https://").split("/")[0]
    _, _, port = host.partition(":")
    return int(port) if port else 443
