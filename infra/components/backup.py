"""Backups: base backups by CloudNativePG, and the specification's CronJobs with what they may read."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.rbac.v1 import Role, RoleBinding, RoleRefArgs, SubjectArgs

from contract.annotations import POLICY_EXEMPT
from contract.names import CONFIG_BACKUP, DATABASE_CLUSTER, SCHEDULED_BACKUP, Namespace
from infra.backup.access import SAVED, rules
from infra.backup.jobs import JOBS, BackupJob, cron_job, policy
from infra.components.database import BARMAN
from infra.options import child
from infra.settings import Settings

BASE_BACKUP: Final = "0 30 1 * * *"
"""Six fields, the first is seconds: half an hour before the dump."""
TOKEN_EXEMPTION: Final = {
    POLICY_EXEMPT: "tokens-are-not-mounted: it reads the objects that it saves from the API server"
}


@dataclass(frozen=True)
class BackupArgs:
    """The region's settings."""

    settings: Settings


class Backup(ComponentResource):
    """Refuses to let a backup read more than it saves, or to change anything."""

    def __init__(self, name: str, args: BackupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Backup", name, None, opts)
        CustomResource(
            SCHEDULED_BACKUP,
            api_version="postgresql.cnpg.io/v1",
            kind="ScheduledBackup",
            metadata=ObjectMetaArgs(name=SCHEDULED_BACKUP, namespace=Namespace.DATABASE),
            spec={
                "schedule": BASE_BACKUP,
                "immediate": True,
                "backupOwnerReference": "self",
                "cluster": {"name": DATABASE_CLUSTER},
                "method": "plugin",
                "pluginConfiguration": {"name": BARMAN},
                "target": "prefer-standby",
            },
            # CloudNativePG refuses another cluster on an existing one.
            opts=ResourceOptions.merge(child(self), ResourceOptions(replace_on_changes=["spec.cluster"])),
        )
        for job in JOBS:
            self._job(job, args.settings)
        self.register_outputs({"cron_jobs": [f"{job.namespace}/{job.name}" for job in JOBS]})

    def _job(self, job: BackupJob, settings: Settings) -> None:
        account = ServiceAccount(
            job.account,
            metadata=ObjectMetaArgs(name=job.account, namespace=job.namespace),
            automount_service_account_token=False,
            opts=child(self),
        )
        earlier = [
            NetworkPolicy(
                f"{job.name}-netpol",
                metadata=ObjectMetaArgs(name=f"{job.name}-netpol", namespace=job.namespace),
                spec=policy(job, settings),
                opts=child(self),
            ),
            *(self._reading(namespace, job) for namespace in (SAVED if job.token else ())),
        ]
        CronJob(
            job.name,
            metadata=ObjectMetaArgs(
                name=job.name, namespace=job.namespace, annotations=TOKEN_EXEMPTION if job.token else None
            ),
            spec=cron_job(job, settings),
            opts=child(self, account, *earlier),
        )

    def _reading(self, namespace: Namespace, job: BackupJob) -> RoleBinding:
        metadata = ObjectMetaArgs(name=CONFIG_BACKUP, namespace=namespace)
        role = Role(f"{namespace}-{CONFIG_BACKUP}", metadata=metadata, rules=rules(namespace), opts=child(self))
        return RoleBinding(
            f"{namespace}-{CONFIG_BACKUP}",
            metadata=metadata,
            role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=CONFIG_BACKUP),
            subjects=[SubjectArgs(kind="ServiceAccount", name=job.account, namespace=job.namespace)],
            opts=child(self, role),
        )
