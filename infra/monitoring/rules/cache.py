"""The cache: by the engine that misses it (app/engine/metrics.py), by an exporter beside each server (redis_exporter
exporter/exporter.go), and by the proxy before several (HAProxy addons/promex)."""

from infra.cache.members import QUORUM
from infra.monitoring.pace import MINUTE
from infra.monitoring.rules.alert import Alert, Scope, Severity
from infra.monitoring.rules.workflows import ENGINE

JOB = "redis"
CACHE = f'job="{JOB}"'


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``cache``. Losing it loses nothing, so nobody is woken."""
    pace = scope.pace
    missed = f"rate(rate_limiter_unavailable_requests_total{{{ENGINE}}}[{pace.window(5 * MINUTE)}])"
    unreachable = Alert(
        name="CacheUnreachable",
        severity=Severity.WARNING,
        expr=f"sum by (namespace) ({missed}) > 0",
        hold=pace.hold(2 * MINUTE),
        summary="The engine does not reach the cache",
        description='{{ $value | printf "%.2f" }} requests a second pass without the limit of their key',
        explained_by=("CacheWithoutMaster", "CacheServerDown"),
    )
    if JOB not in scope.jobs:
        return (unreachable,)
    several = scope.settings.cache.replicas > 1
    return (unreachable, _server_down(scope), *((_without_master(scope),) if several else ()))


def _server_down(scope: Scope) -> Alert:
    servers = scope.settings.cache.replicas
    up = f"redis_up{{{CACHE}}} == 1"
    return Alert(
        name="CacheServerDown",
        severity=Severity.WARNING,
        expr=f"count by (namespace) ({up}) < {servers} or absent({up})",
        hold=scope.pace.hold(5 * MINUTE),
        summary="A server of the cache is down",
        description=f"Fewer than {servers} servers of the cache answer their exporters",
    )


def _without_master(scope: Scope) -> Alert:
    """As HAProxy decides (infra/cache/haproxy.py): a server that says so, and a quorum of Sentinels that name it."""
    return Alert(
        name="CacheWithoutMaster",
        severity=Severity.WARNING,
        expr=f"""
            absent(
            {_backends("server", 1)} and on (pod, member) {_backends("named", QUORUM)}
            )
        """,
        hold=scope.pace.hold(MINUTE),
        summary="The cache has no master",
        description="No proxy of the cache knows a master: requests pass without the limit of their key",
    )


def _backends(kind: str, least: int) -> str:
    servers = f'haproxy_backend_active_servers{{{CACHE},proxy=~"{kind}-.+"}}'
    return f'label_replace({servers} >= {least}, "member", "$1", "proxy", "{kind}-(.+)")'
