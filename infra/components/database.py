"""PostgreSQL as a CloudNativePG cluster, with the specification's parameters, logins and Service names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicyEgressRuleArgs, NetworkPolicySpecArgs

from contract.names import (
    DATABASE_BACKUP,
    DATABASE_CLUSTER,
    DATABASE_NAME,
    ENGINE,
    MIGRATION_JOB,
    OBJECT_STORE,
    DatabaseLogin,
    Namespace,
    OperatorNamespace,
    Port,
    Priority,
    SecretName,
)
from infra import rotation, traffic
from infra.monitoring import database_queries
from infra.options import Wait, child, guarded_child
from infra.presets import DatabaseSize
from infra.sections.section import Switch
from infra.waiting import DATABASE_READY, wait_annotations

PARAMETERS: Final = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "64MB",
    "checkpoint_completion_target": "0.9",
    "wal_buffers": "16MB",
    "default_statistics_target": "100",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "200",
}
"""Seed, "PostgreSQL Cluster Configuration"."""
RECONNECT: Final = {"wal_retrieve_retry_interval": "1s"}
"""With a short lease, a standby asks the new primary for WAL this soon: writes wait for a standby, so for this too."""
BARMAN: Final = "barman-cloud.cloudnative-pg.io"
"""Name under which CloudNativePG knows the plugin that archives."""
POOL: Final = ("mcp-platform/pool", "database")
"""Label and taint of the database's own node group."""


@dataclass(frozen=True)
class DatabaseArgs:
    """``read_replica`` names the Service of this region's replicas, ``image`` is the operand's."""

    image: str
    size: DatabaseSize
    read_replica: str
    protection: Switch
    waiting: Switch
    archive: tuple[NetworkPolicyEgressRuleArgs, ...] | None = None
    """Edges to the object store that it archives to, by :class:`infra.components.archive.Archive`; None: nowhere."""


class Database(ComponentResource):
    """One cluster per region. Refuses to manage the operator and to enable the superuser."""

    def __init__(self, name: str, args: DatabaseArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Database", name, None, opts)
        policy = NetworkPolicy(
            f"{DATABASE_CLUSTER}-netpol",
            metadata=ObjectMetaArgs(name=f"{DATABASE_CLUSTER}-netpol", namespace=Namespace.DATABASE),
            spec=database_policy(args.archive),
            opts=child(self),
        )
        queries = ConfigMap(
            database_queries.CONFIG_MAP,
            metadata=ObjectMetaArgs(
                name=database_queries.CONFIG_MAP, namespace=Namespace.DATABASE, labels=database_queries.RELOAD
            ),
            data={database_queries.KEY: database_queries.document()},
            opts=child(self),
        )
        CustomResource(
            DATABASE_CLUSTER,
            api_version="postgresql.cnpg.io/v1",
            kind="Cluster",
            metadata=ObjectMetaArgs(
                name=DATABASE_CLUSTER,
                namespace=Namespace.DATABASE,
                annotations=wait_annotations(args.waiting, *DATABASE_READY),
            ),
            spec=cluster_spec(args),
            opts=guarded_child(self, args.protection, Wait.DATABASE, policy, queries),
        )
        self.register_outputs({"cluster": DATABASE_CLUSTER})


def cluster_spec(args: DatabaseArgs) -> dict[str, Any]:
    """Spec of the CloudNativePG ``Cluster``."""
    size = args.size
    replicated = size.instances > 1
    parameters = PARAMETERS | database_queries.STATEMENTS
    if size.primary_lease is not None:
        parameters = parameters | RECONNECT
    postgresql: dict[str, Any] = {"parameters": parameters}
    if replicated:
        postgresql["synchronous"] = {
            "method": "any",
            "number": 1,
            "dataDurability": "required",
            "failoverQuorum": True,
        }
    return {
        "instances": size.instances,
        "imageName": args.image,
        "priorityClassName": Priority.DATA,
        "enableSuperuserAccess": False,
        "primaryUpdateMethod": "switchover" if replicated else "restart",
        "postgresql": postgresql,
        "bootstrap": {
            "initdb": {
                "database": DATABASE_NAME,
                "owner": DatabaseLogin.OWNER,
                "secret": {"name": SecretName.POSTGRES_OWNER},
            }
        },
        "storage": {"size": size.storage, "storageClass": size.storage_class},
        "resources": size.resources.model_dump(),
        "affinity": _affinity(size),
        "monitoring": {"customQueriesConfigMap": [{"name": database_queries.CONFIG_MAP, "key": database_queries.KEY}]},
        **_primary_lease(size),
        **_archive(args),
        "managed": {"roles": managed_roles(), "services": {"additional": _services(args.read_replica, replicated)}},
    }


def _archive(args: DatabaseArgs) -> dict[str, Any]:
    if args.archive is None:
        return {}
    plugin = {"name": BARMAN, "isWALArchiver": True, "parameters": {"barmanObjectName": OBJECT_STORE}}
    return {"plugins": [plugin], "backup": {"target": "prefer-standby"}}


def _primary_lease(size: DatabaseSize) -> dict[str, Any]:
    lease = size.primary_lease
    if lease is None:
        return {}
    return {
        "primaryLease": {
            "leaseDurationSeconds": lease.duration_seconds,
            "renewDeadlineSeconds": lease.renew_seconds,
            "retryPeriodSeconds": lease.retry_seconds,
        }
    }


def managed_roles() -> list[dict[str, Any]]:
    """The logins beside the owner. Only the backup sees every tenant's rows without being told to."""
    return [
        _login(DatabaseLogin.API, SecretName.DATABASE_API, "HTTP API, bound by row-level security"),
        _login(DatabaseLogin.WORKER, SecretName.DATABASE_WORKER, "durable core", inherit=False),
        *(
            _login(each.name, each.secret, f"takes turns with {role}", inherit=False, inRoles=[role])
            for role in rotation.SECRETS
            for each in rotation.substitutes(role)
        ),
        _login(
            DatabaseLogin.BACKUP, SecretName.DATABASE_BACKUP, "backups", bypassrls=True, inRoles=["pg_read_all_data"]
        ),
    ]


def _login(login: str, secret: str, comment: str, **attributes: object) -> dict[str, Any]:
    return {
        "name": login,
        "comment": comment,
        "ensure": "present",
        "login": True,
        "superuser": False,
        "passwordSecret": {"name": secret},
    } | attributes


def _services(read_replica: str, replicated: bool) -> list[dict[str, Any]]:
    """The specification's Service names; where there is one instance, it also answers reads."""
    return [
        {
            "selectorType": selector,
            "updateStrategy": "patch",
            "serviceTemplate": {"metadata": {"name": service}, "spec": {"type": "ClusterIP"}},
        }
        for selector, service in (("rw", DATABASE_CLUSTER), ("ro" if replicated else "r", read_replica))
    ]


def _affinity(size: DatabaseSize) -> dict[str, Any]:
    spread = {
        "enablePodAntiAffinity": size.instances > 1,
        "podAntiAffinityType": "preferred",
        "topologyKey": "topology.kubernetes.io/zone",
    }
    if not size.dedicated_nodes:
        return spread
    label, pool = POOL
    toleration = {"key": label, "operator": "Equal", "value": pool, "effect": "NoSchedule"}
    return spread | {"nodeSelector": {label: pool}, "tolerations": [toleration]}


def database_policy(archive: Sequence[NetworkPolicyEgressRuleArgs] | None) -> NetworkPolicySpecArgs:
    """Engine and migration connect; instances replicate; the operator asks; Prometheus reads.

    With an ``archive`` instances write to it, and the dump connects.
    """
    instances = {"cnpg.io/cluster": DATABASE_CLUSTER}
    peers = traffic.pods(Namespace.DATABASE, instances)
    dump = traffic.ingress(traffic.pods(Namespace.DATABASE, {"app": DATABASE_BACKUP}), Port.DATABASE)
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=instances),
        policy_types=["Ingress", "Egress"],
        ingress=[
            traffic.ingress(traffic.pods(Namespace.ORCHESTRATION, {"app": ENGINE}), Port.DATABASE),
            traffic.ingress(traffic.pods(Namespace.ORCHESTRATION, {"app": MIGRATION_JOB}), Port.DATABASE),
            *([] if archive is None else [dump]),
            traffic.ingress(peers, Port.DATABASE, Port.DATABASE_STATUS),
            traffic.ingress(traffic.pods(OperatorNamespace.CLOUDNATIVE_PG, {}), Port.DATABASE, Port.DATABASE_STATUS),
            traffic.scraped(Port.DATABASE_METRICS),
        ],
        egress=[
            traffic.egress(peers, Port.DATABASE, Port.DATABASE_STATUS),
            traffic.TO_KUBERNETES_API,
            *(archive or ()),
        ],
    )
