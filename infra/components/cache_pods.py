"""Pods of the cache: servers with what runs beside them, and the proxy."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from pulumi_kubernetes.core.v1 import ExecActionArgs, HTTPGetActionArgs, ProbeArgs, TCPSocketActionArgs

from contract.names import CACHE, Port, Priority, SecretName
from infra.cache import haproxy, scripts, secret, valkey
from infra.cache.members import members
from infra.pods import ConfigFiles, Container, Scratch, SecretFiles, Workload, http_probe
from infra.presets import Amount, CacheSize, Resources
from infra.sections.section import Switch

SERVER_LABELS: Final = {"app": "redis-cache"}
PROXY: Final = "redis-proxy"
PROXY_LABELS: Final = {"app": PROXY}
SCRIPTS: Final = "redis-scripts"
"""ConfigMap of the pods' scripts."""
PLACES: Final = scripts.Places()
PATIENCE: Final = scripts.Patience()
SECRETS: Final = SecretFiles("credentials", SecretName.CACHE, PLACES.secret)
PING: Final = f'REDISCLI_AUTH="$(cat {PLACES.secret}/{secret.PASSWORD})" valkey-cli -p {Port.CACHE} ping | grep -q PONG'
"""The password is a variable of this one command: as an argument, the process list would show it."""
BESIDE: Final = Resources(requests=Amount(cpu="25m", memory="32Mi"), limits=Amount(cpu="200m", memory="128Mi"))
"""Of a Sentinel, an exporter."""
PROXY_RESOURCES: Final = Resources(requests=Amount(cpu="50m", memory="64Mi"), limits=Amount(cpu="500m", memory="128Mi"))
SEARCH: Final = ProbeArgs(tcp_socket=TCPSocketActionArgs(port=Port.CACHE), period_seconds=2, failure_threshold=120)
"""A server that looks for its master does not listen yet; the last one gives up looking after two minutes."""


@dataclass(frozen=True)
class CacheArgs:
    """``regional_service`` is this region's name for the master; ``monitoring`` says whether there are exporters.

    ``generation`` is the settings' ``secretsGeneration``: another rolls the pods, which read secrets at their start.
    ``apart`` wants a node for each of several servers, which a machine that is one node does not have.
    """

    image: str
    proxy_image: str
    exporter_image: str
    size: CacheSize
    regional_service: str
    waiting: Switch
    monitoring: Switch
    generation: int = 1
    apart: bool = True

    @property
    def replicated(self) -> bool:
        """Whether there are several servers, and so Sentinels and a proxy."""
        return self.size.replicas > 1


def server_scripts(args: CacheArgs) -> dict[str, str]:
    """File name -> content of the ConfigMap :data:`SCRIPTS`."""
    return scripts.scripts(members(args.size.replicas), PLACES, PATIENCE)


def server(args: CacheArgs) -> Workload:
    """A server: alone, or with a Sentinel beside it, with which it finds the master and hands over."""
    alone = Workload(
        name="redis",
        image=args.image,
        command=("valkey-server",),
        args=(f"{PLACES.secret}/{secret.SERVER}", *valkey.arguments(PLACES.data)),
        labels=SERVER_LABELS,
        annotations=_secrets(args),
        service_account=CACHE,
        ports={"redis": Port.CACHE},
        mounts=(SECRETS, Scratch("data", PLACES.data, "64Mi")),
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
        sidecars=(_exporter(args),) if args.monitoring.is_on else (),
        priority_class=Priority.SERVING,
    )
    return _replicated(alone, args) if args.replicated else alone


def _replicated(alone: Workload, args: CacheArgs) -> Workload:
    files = ConfigFiles("scripts", SCRIPTS, PLACES.scripts)
    return replace(
        alone,
        command=_run(scripts.SERVER),
        args=(*valkey.arguments(PLACES.data), *valkey.REPLICATION_ARGUMENTS),
        # A replica writes what it is sent here before it loads it.
        mounts=(SECRETS, files, Scratch("data", PLACES.data, "2Gi")),
        annotations=alone.annotations | {"mcp-platform/scripts": _digest(*server_scripts(args).values())},
        startup=SEARCH,
        before_stop=_run(scripts.LEAVE),
        sidecars=(_sentinel(args, files), *alone.sidecars),
        apart=args.apart,
    )


def _sentinel(args: CacheArgs, files: ConfigFiles) -> Container:
    listening = TCPSocketActionArgs(port=Port.CACHE_SENTINEL)
    return Container(
        name="sentinel",
        image=args.image,
        command=_run(scripts.SENTINEL),
        resources=BESIDE,
        ports={"sentinel": Port.CACHE_SENTINEL},
        mounts=(SECRETS, files, Scratch("sentinel", PLACES.data, "16Mi")),
        startup=ProbeArgs(tcp_socket=listening, period_seconds=2, failure_threshold=150),
        liveness=ProbeArgs(
            exec_=ExecActionArgs(command=list(_run(scripts.AGREE))),
            period_seconds=20,
            timeout_seconds=15,  # two servers that are away cost two seconds each
        ),
        readiness=ProbeArgs(tcp_socket=listening, period_seconds=5),
        before_stop=_run(scripts.LINGER),
    )


def _exporter(args: CacheArgs) -> Container:
    return Container(
        name="exporter",
        image=args.exporter_image,
        command=("/redis_exporter",),
        args=(f"--redis.addr={secret.EXPORTED_SERVER}", f"--redis.password-file={PLACES.secret}/{secret.EXPORTER}"),
        resources=BESIDE,
        ports={"metrics": Port.CACHE_METRICS},
        mounts=(SECRETS,),
        liveness=http_probe("/health", Port.CACHE_METRICS, delay=10, period=20),
        readiness=http_probe("/health", Port.CACHE_METRICS, delay=2, period=10),
    )


def proxy(args: CacheArgs) -> Workload:
    """HAProxy. Ready once there is a master, and not unready for a failover, which is over sooner than anybody asks."""
    return Workload(
        name="haproxy",
        image=args.proxy_image,
        command=("haproxy", "-db", "-f", f"{PLACES.secret}/{secret.PROXY}"),
        labels=PROXY_LABELS,
        annotations=_secrets(args)
        | {"mcp-platform/settings": _digest(haproxy.configuration(members(args.size.replicas), ""))},
        service_account=PROXY,
        ports={"redis": Port.CACHE, "metrics": Port.CACHE_PROXY_METRICS},
        mounts=(SECRETS,),
        resources=PROXY_RESOURCES,
        liveness=http_probe("/health", Port.CACHE_PROXY_METRICS, delay=10, period=10),
        # Not at once: HAProxy takes every server for good until it has asked.
        readiness=ProbeArgs(
            http_get=HTTPGetActionArgs(path="/ready", port=Port.CACHE_PROXY_METRICS),
            initial_delay_seconds=5,
            period_seconds=2,
            timeout_seconds=2,
            failure_threshold=15,
        ),
        priority_class=Priority.SERVING,
    )


def _run(script: str) -> tuple[str, ...]:
    return ("sh", f"{PLACES.scripts}/{script}")


def _secrets(args: CacheArgs) -> dict[str, str]:
    return {"mcp-platform/secrets": str(args.generation)}


def _digest(*texts: str) -> str:
    """Rolls the pods when what they read at their start changes; no secret is part of it."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
