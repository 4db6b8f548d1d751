"""Who talks to whom in the cache's namespace."""

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgs

from contract.names import ENGINE, Namespace, Port
from infra import traffic
from infra.components.cache_pods import PROXY_LABELS, SERVER_LABELS, CacheArgs

_ENGINE = traffic.pods(Namespace.ORCHESTRATION, {"app": ENGINE})
_SERVERS = traffic.pods(Namespace.CACHE, SERVER_LABELS)
_PROXIES = traffic.pods(Namespace.CACHE, PROXY_LABELS)
_BOTH = (Port.CACHE, Port.CACHE_SENTINEL)


def servers(args: CacheArgs) -> NetworkPolicySpecArgs:
    """The engine reaches a single server; of several, each reaches the others, and proxies reach all of them."""
    within = [traffic.ingress(_SERVERS, *_BOTH), traffic.ingress(_PROXIES, *_BOTH)]
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=SERVER_LABELS),
        policy_types=["Ingress", "Egress"],
        ingress=[
            *(within if args.replicated else [traffic.ingress(_ENGINE, Port.CACHE)]),
            *([traffic.scraped(Port.CACHE_METRICS)] if args.monitoring.is_on else []),
        ],
        egress=[traffic.egress(_SERVERS, *_BOTH)] if args.replicated else None,
    )


def proxies(args: CacheArgs) -> NetworkPolicySpecArgs:
    """The engine reaches the proxies, and they the servers and Sentinels."""
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=PROXY_LABELS),
        policy_types=["Ingress", "Egress"],
        ingress=[
            traffic.ingress(_ENGINE, Port.CACHE),
            *([traffic.scraped(Port.CACHE_PROXY_METRICS)] if args.monitoring.is_on else []),
        ],
        egress=[traffic.egress(_SERVERS, *_BOTH)],
    )
