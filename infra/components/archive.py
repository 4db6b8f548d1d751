"""Where the database archives to: Barman's ObjectStore, and the keys of a store that knows no cloud identity."""

import base64
from dataclasses import dataclass

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from contract.names import OBJECT_STORE, Namespace, SecretName
from infra.backup.store import ACCESS_KEY_ID, SECRET_ACCESS_KEY, object_store
from infra.options import child
from infra.secret_sources import SecretKey, configured
from infra.settings import Settings


@dataclass(frozen=True)
class ArchiveArgs:
    """The region's settings."""

    settings: Settings


class Archive(ComponentResource):
    """Made before the database, which archives from its first second. Refuses to make the bucket: a cloud does."""

    def __init__(self, name: str, args: ArchiveArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Archive", name, None, opts)
        settings = args.settings
        keys = (
            [self._keys(namespace) for namespace in (Namespace.DATABASE, Namespace.ORCHESTRATION)]
            if settings.backup.endpoint is not None
            else []
        )
        CustomResource(
            OBJECT_STORE,
            api_version="barmancloud.cnpg.io/v1",
            kind="ObjectStore",
            metadata=ObjectMetaArgs(name=OBJECT_STORE, namespace=Namespace.DATABASE),
            spec=object_store(settings),
            opts=child(self, *keys),
        )
        self.register_outputs({"object_store": OBJECT_STORE})

    def _keys(self, namespace: Namespace) -> Secret:
        values = {
            ACCESS_KEY_ID: configured(SecretKey.BACKUP_ACCESS_KEY_ID),
            SECRET_ACCESS_KEY: configured(SecretKey.BACKUP_SECRET_ACCESS_KEY),
        }
        return Secret(
            f"{namespace}-{SecretName.BACKUP_STORE}",
            metadata=ObjectMetaArgs(name=SecretName.BACKUP_STORE, namespace=namespace),
            data={name: _encoded(value) for name, value in values.items() if value is not None},
            opts=child(self),
        )


def _encoded(value: Output[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
