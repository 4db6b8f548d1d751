"""The cache: Valkey without persistence. It only speeds up, losing it loses nothing."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgs
from pulumi_kubernetes.core.v1 import (
    ExecActionArgs,
    ProbeArgs,
    Service,
    ServiceAccount,
    ServicePortArgs,
    ServiceSpecArgs,
    TCPSocketActionArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicySpecArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from contract.names import CACHE, ENGINE, Namespace, Port, SecretName
from infra import traffic
from infra.components.credentials import CACHE_CONFIGURATION
from infra.options import Wait, child, timed_child
from infra.pods import Scratch, SecretFiles, Workload, pod_template
from infra.presets import CacheSize
from infra.settings import Switch
from infra.waiting import wait_annotations

LABELS: Final = {"app": "redis-cache"}
SECRET_PATH: Final = "/etc/valkey/secret"  # noqa: S105 - a directory
MAX_MEMORY: Final = "1536mb"
"""Three quarters of the memory limit: the rest is for connections and fragmentation."""
ARGUMENTS: Final = (
    f"{SECRET_PATH}/{CACHE_CONFIGURATION}",
    *("--maxmemory", MAX_MEMORY),
    *("--maxmemory-policy", "allkeys-lru"),
    *("--save", ""),
    *("--appendonly", "no"),
    *("--tcp-keepalive", "60"),
    *("--timeout", "300"),
    *("--dir", "/data"),
)
"""Seed, "Cache Optimization"; the file before them holds the password."""
PING: Final = f'REDISCLI_AUTH="$(cat {SECRET_PATH}/password)" valkey-cli -p {Port.CACHE} ping | grep -q PONG'
"""The password is a variable of this one command: as an argument, the process list would show it."""


@dataclass(frozen=True)
class CacheArgs:
    """``regional_service`` is this region's name for the master."""

    image: str
    size: CacheSize
    regional_service: str
    waiting: Switch


class Cache(ComponentResource):
    """One server. Refuses persistence, and more servers than one master: unconnected ones would be two truths."""

    def __init__(self, name: str, args: CacheArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Cache", name, None, opts)
        account = ServiceAccount(CACHE, metadata=_named(CACHE), automount_service_account_token=False, opts=child(self))
        policy = NetworkPolicy(
            f"{CACHE}-netpol",
            metadata=_named(f"{CACHE}-netpol"),
            spec=NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=LABELS),
                policy_types=["Ingress", "Egress"],
                ingress=[traffic.ingress(traffic.pods(Namespace.ORCHESTRATION, {"app": ENGINE}), Port.CACHE)],
            ),
            opts=child(self),
        )
        StatefulSet(
            CACHE,
            metadata=ObjectMetaArgs(
                name=CACHE, namespace=Namespace.CACHE, labels=LABELS, annotations=wait_annotations(args.waiting)
            ),
            spec=StatefulSetSpecArgs(
                replicas=1,
                service_name=CACHE,
                selector=LabelSelectorArgs(match_labels=LABELS),
                template=pod_template(workload(args)),
            ),
            opts=timed_child(self, Wait.ROLLOUT, account, policy),
        )
        for service in (CACHE, args.regional_service):
            Service(
                service,
                metadata=ObjectMetaArgs(
                    name=service, namespace=Namespace.CACHE, annotations=wait_annotations(args.waiting)
                ),
                spec=ServiceSpecArgs(
                    type="ClusterIP",
                    selector=LABELS,
                    ports=[ServicePortArgs(name="redis", port=Port.CACHE, target_port=Port.CACHE)],
                ),
                opts=timed_child(self, Wait.ROLLOUT),
            )
        PodDisruptionBudget(
            CACHE,
            metadata=_named(CACHE),
            spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=LabelSelectorArgs(match_labels=LABELS)),
            opts=child(self),
        )
        self.register_outputs({"service": CACHE})


def workload(args: CacheArgs) -> Workload:
    """The cache's pod."""
    return Workload(
        name="redis",
        image=args.image,
        command=("valkey-server",),
        args=ARGUMENTS,
        labels=LABELS,
        service_account=CACHE,
        ports={"redis": Port.CACHE},
        mounts=(
            SecretFiles("credentials", SecretName.CACHE, SECRET_PATH),
            Scratch("data", "/data", "64Mi"),
        ),
        resources=args.size.resources,
        liveness=ProbeArgs(
            tcp_socket=TCPSocketActionArgs(port=Port.CACHE), initial_delay_seconds=30, period_seconds=10
        ),
        readiness=ProbeArgs(
            exec_=ExecActionArgs(command=["sh", "-c", PING]),
            initial_delay_seconds=5,
            period_seconds=5,
            timeout_seconds=5,
        ),
    )


def _named(name: str) -> ObjectMetaArgs:
    return ObjectMetaArgs(name=name, namespace=Namespace.CACHE)
