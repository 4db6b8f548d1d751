"""The migration Job: the owner's login brings the schema to this image's head before the engine rolls."""

import hashlib
from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicySpecArgs

from contract import environment as env
from contract.names import DATABASE_CLUSTER, MIGRATION_JOB, Namespace, Port, Priority, SecretName
from infra import traffic
from infra.options import Wait, child, timed_child
from infra.pods import Scratch, SecretFiles, Workload, pod_template
from infra.presets import Amount, Resources
from infra.sections.section import Switch
from infra.waiting import wait_annotations

LABELS: Final = {"app": MIGRATION_JOB}
DEADLINE_SECONDS: Final = 300
"""Seed, "Deployment Script": the migration gets five minutes."""
BACKOFF_LIMIT: Final = 3
RESOURCES: Final = Resources(requests=Amount(cpu="100m", memory="128Mi"), limits=Amount(cpu="500m", memory="512Mi"))


@dataclass(frozen=True)
class MigrationArgs:
    """``image`` is the platform's; another one runs another Job."""

    image: str
    waiting: Switch


class Migration(ComponentResource):
    """A Job named after its pod, since a Job's pod is immutable. Refuses to downgrade: Alembic only upgrades."""

    job_name: str

    def __init__(self, name: str, args: MigrationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Migration", name, None, opts)
        self.job_name = job_name(args)
        account = ServiceAccount(
            MIGRATION_JOB, metadata=_named(MIGRATION_JOB), automount_service_account_token=False, opts=child(self)
        )
        policy = NetworkPolicy(
            f"{MIGRATION_JOB}-netpol",
            metadata=_named(f"{MIGRATION_JOB}-netpol"),
            spec=NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=LABELS),
                policy_types=["Ingress", "Egress"],
                egress=[
                    traffic.egress(
                        traffic.pods(Namespace.DATABASE, {"cnpg.io/cluster": DATABASE_CLUSTER}), Port.DATABASE
                    )
                ],
            ),
            opts=child(self),
        )
        Job(
            MIGRATION_JOB,
            metadata=ObjectMetaArgs(
                name=self.job_name,
                namespace=Namespace.ORCHESTRATION,
                labels=LABELS,
                annotations=wait_annotations(args.waiting),
            ),
            spec=JobSpecArgs(
                backoff_limit=BACKOFF_LIMIT,
                active_deadline_seconds=DEADLINE_SECONDS,
                template=pod_template(workload(args)),
            ),
            opts=timed_child(self, Wait.ROLLOUT, account, policy),
        )
        self.register_outputs({"job": self.job_name})


def workload(args: MigrationArgs) -> Workload:
    """The migration's pod."""
    return Workload(
        name="migration",
        image=args.image,
        command=env.COMMAND,
        args=("migrate",),
        labels=LABELS,
        service_account=MIGRATION_JOB,
        environment={env.DATABASE_URL_FILE: env.MOUNT[env.DATABASE_URL_FILE]},
        mounts=(
            SecretFiles("database", SecretName.DATABASE_OWNER, "/app/secrets/database"),
            Scratch("tmp", "/tmp", "64Mi"),  # noqa: S108 - a mount of its own
        ),
        resources=RESOURCES,
        priority_class=Priority.SERVING,
        restart_policy="OnFailure",
    )


def job_name(args: MigrationArgs) -> str:
    """``database-migration-<digest>``: another image or another pod is another Job."""
    digest = hashlib.sha256(repr(workload(args)).encode()).hexdigest()
    return f"{MIGRATION_JOB}-{digest[:10]}"


def _named(name: str) -> ObjectMetaArgs:
    return ObjectMetaArgs(name=name, namespace=Namespace.ORCHESTRATION)
