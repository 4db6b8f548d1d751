"""The cache: Valkey without persistence. It only speeds up, losing it loses nothing.

Three servers with a Sentinel each, behind a proxy that follows the master; or one server alone.
"""

from collections.abc import Mapping

from pulumi import ComponentResource, Resource, ResourceOptions
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs, StatefulSet, StatefulSetSpecArgs
from pulumi_kubernetes.core.v1 import ConfigMap, Service, ServiceAccount, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicySpecArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from contract.names import CACHE, Namespace, Port
from infra.cache.members import NODES_SERVICE
from infra.components import cache_network
from infra.components.cache_pods import (
    PROXY,
    PROXY_LABELS,
    SCRIPTS,
    SERVER_LABELS,
    CacheArgs,
    proxy,
    server,
    server_scripts,
)
from infra.options import Wait, child, timed_child
from infra.pods import pod_template
from infra.waiting import SKIP, wait_annotations

__all__ = ["Cache", "CacheArgs"]
PROXIES = 2


class Cache(ComponentResource):
    """One master at a time. Refuses persistence: a cache that comes back holds what nobody remembers."""

    def __init__(self, name: str, args: CacheArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Cache", name, None, opts)
        self._args = args
        servers = self._servers()
        if args.replicated:
            self._proxies(servers)
        selected = PROXY_LABELS if args.replicated else SERVER_LABELS
        for service in (CACHE, args.regional_service):
            Service(
                service,
                metadata=self._waited(service),
                spec=ServiceSpecArgs(
                    type="ClusterIP",
                    selector=selected,
                    ports=[ServicePortArgs(name="redis", port=Port.CACHE, target_port=Port.CACHE)],
                ),
                opts=timed_child(self, Wait.ROLLOUT),
            )
        self.register_outputs({"service": CACHE})

    def _servers(self) -> Resource:
        args = self._args
        needed = self._around(CACHE, SERVER_LABELS, cache_network.servers(args))
        if args.replicated:
            needed += [
                ConfigMap(SCRIPTS, metadata=_named(SCRIPTS), data=server_scripts(args), opts=child(self)),
                Service(
                    NODES_SERVICE,
                    metadata=ObjectMetaArgs(name=NODES_SERVICE, namespace=Namespace.CACHE, annotations=dict(SKIP)),
                    spec=ServiceSpecArgs(
                        cluster_ip="None",
                        selector=SERVER_LABELS,
                        # They find one another before they are ready.
                        publish_not_ready_addresses=True,
                        ports=[
                            ServicePortArgs(name="redis", port=Port.CACHE, target_port=Port.CACHE),
                            ServicePortArgs(name="sentinel", port=Port.CACHE_SENTINEL, target_port=Port.CACHE_SENTINEL),
                        ],
                    ),
                    opts=child(self),
                ),
            ]
        return StatefulSet(
            CACHE,
            metadata=self._waited(CACHE, SERVER_LABELS),
            spec=StatefulSetSpecArgs(
                replicas=args.size.replicas,
                service_name=NODES_SERVICE if args.replicated else CACHE,
                # Together: the second one can become the master where the first does not come.
                pod_management_policy="Parallel" if args.replicated else None,
                selector=LabelSelectorArgs(match_labels=SERVER_LABELS),
                template=pod_template(server(args)),
            ),
            opts=timed_child(self, Wait.ROLLOUT, *needed),
        )

    def _proxies(self, servers: Resource) -> None:
        args = self._args
        needed = self._around(PROXY, PROXY_LABELS, cache_network.proxies(args))
        Deployment(
            PROXY,
            metadata=self._waited(PROXY, PROXY_LABELS),
            spec=DeploymentSpecArgs(
                replicas=PROXIES,
                selector=LabelSelectorArgs(match_labels=PROXY_LABELS),
                template=pod_template(proxy(args)),
            ),
            opts=timed_child(self, Wait.ROLLOUT, servers, *needed),
        )

    def _around(self, name: str, labels: Mapping[str, str], policy: NetworkPolicySpecArgs) -> list[Resource]:
        """What pods called ``name`` have around them: an account without token, a budget, and who may reach them."""
        PodDisruptionBudget(
            name,
            metadata=_named(name),
            spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=LabelSelectorArgs(match_labels=dict(labels))),
            opts=child(self),
        )
        return [
            ServiceAccount(name, metadata=_named(name), automount_service_account_token=False, opts=child(self)),
            NetworkPolicy(f"{name}-netpol", metadata=_named(f"{name}-netpol"), spec=policy, opts=child(self)),
        ]

    def _waited(self, name: str, labels: Mapping[str, str] | None = None) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=name,
            namespace=Namespace.CACHE,
            labels=dict(labels) if labels else None,
            annotations=wait_annotations(self._args.waiting),
        )


def _named(name: str) -> ObjectMetaArgs:
    return ObjectMetaArgs(name=name, namespace=Namespace.CACHE)
