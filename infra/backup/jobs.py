"""The specification's two CronJobs: the platform's image runs ``mcp-ops backup``."""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.batch.v1 import CronJobSpecArgs, JobSpecArgs, JobTemplateSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgs, NetworkPolicySpecArgs

from contract import environment as env
from contract.names import CONFIG_BACKUP, DATABASE_BACKUP, DATABASE_CLUSTER, Namespace, Port, Priority, SecretName
from infra import traffic
from infra.backup.store import address, way_to_the_store
from infra.pods import Mount, Scratch, SecretFiles, Workload, pod_template
from infra.presets import Amount, Resources
from infra.settings import Settings

SUSPENDED: Final = True
"""Until ``mcp-ops backup`` exists; a test holds the two together."""
RESOURCES: Final = Resources(requests=Amount(cpu="100m", memory="128Mi"), limits=Amount(cpu="1000m", memory="512Mi"))
LATE_SECONDS: Final = 3600
"""A run that could not begin within an hour of its time is left out."""
DEADLINE_SECONDS: Final = 6 * 3600
BACKOFF_LIMIT: Final = 2
STORE_PATH: Final = "/app/secrets/store"


@dataclass(frozen=True)
class BackupJob:
    """One CronJob.

    Attributes:
        name: of CronJob, pod label and network policy.
        namespace: where it runs.
        what: ``mcp-ops backup <what>``, which is also the prefix in the bucket.
        schedule: five fields, UTC.
        account: its service account.
        token: whether it asks the Kubernetes API.
        mounts: secrets that it reads beside those of the store.
    """

    name: str
    namespace: Namespace
    what: str
    schedule: str
    account: str
    token: bool
    mounts: tuple[Mount, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its pods."""
        return {"app": self.name}


JOBS: Final = (
    BackupJob(
        name=DATABASE_BACKUP,
        namespace=Namespace.DATABASE,
        what="database",
        schedule="0 2 * * *",
        account=DATABASE_BACKUP,
        token=False,
        mounts=(SecretFiles("database", SecretName.DATABASE_BACKUP, "/app/secrets/database"),),
    ),
    BackupJob(
        name=CONFIG_BACKUP,
        namespace=Namespace.ORCHESTRATION,
        what="config",
        schedule="0 3 * * *",
        account="config-backup-sa",
        token=True,
    ),
)
"""Seed, "Database Backup Configuration" and "Configuration Backup"."""


def cron_job(job: BackupJob, settings: Settings) -> CronJobSpecArgs:
    """Spec of the CronJob."""
    return CronJobSpecArgs(
        schedule=job.schedule,
        time_zone="Etc/UTC",
        suspend=SUSPENDED,
        concurrency_policy="Forbid",
        starting_deadline_seconds=LATE_SECONDS,
        successful_jobs_history_limit=3,
        failed_jobs_history_limit=3,
        job_template=JobTemplateSpecArgs(
            spec=JobSpecArgs(
                backoff_limit=BACKOFF_LIMIT,
                active_deadline_seconds=DEADLINE_SECONDS,
                template=pod_template(workload(job, settings)),
            )
        ),
    )


def workload(job: BackupJob, settings: Settings) -> Workload:
    """The pod that saves."""
    backup = settings.backup
    keys = (SecretFiles("store", SecretName.BACKUP_STORE, STORE_PATH),) if backup.endpoint is not None else ()
    database = {env.DATABASE_URL_FILE: env.MOUNT[env.DATABASE_URL_FILE]} if job.mounts else {}
    return Workload(
        name=job.name,
        image=settings.image,
        command=("mcp-ops",),
        args=("backup", job.what, *_options(job, settings)),
        labels=job.labels,
        service_account=job.account,
        token=job.token,
        environment=database,
        mounts=(*job.mounts, *keys, Scratch("tmp", "/tmp", "2Gi")),  # noqa: S108 - a mount of its own
        resources=RESOURCES,
        priority_class=Priority.BACKGROUND,
        restart_policy="OnFailure",
    )


def policy(job: BackupJob, settings: Settings) -> NetworkPolicySpecArgs:
    """Whom it may call; nobody calls it."""
    instances = traffic.pods(Namespace.DATABASE, {"cnpg.io/cluster": DATABASE_CLUSTER})
    own: list[NetworkPolicyEgressRuleArgs] = (
        [traffic.TO_KUBERNETES_API] if job.token else [traffic.egress(instances, Port.DATABASE)]
    )
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=job.labels),
        policy_types=["Ingress", "Egress"],
        egress=[*own, *way_to_the_store(settings)],
    )


def _options(job: BackupJob, settings: Settings) -> tuple[str, ...]:
    backup = settings.backup
    endpoint = ("--endpoint", backup.endpoint, "--keys", STORE_PATH) if backup.endpoint is not None else ()
    recipients = (word for recipient in backup.recipients for word in ("--recipient", recipient))
    return (
        *("--to", f"{address(settings)}/{job.what}"),
        *("--region", settings.backup_region),
        *("--keep-days", str(backup.retention_days)),
        *endpoint,
        *recipients,
    )
