"""Command lines of the three servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.controlplane.certificates import Certificates
from ops.controlplane.ports import LOOPBACK

SERVICE_ADDRESSES = "10.96.0.0/16"
KUBERNETES_SERVICE = "https://kubernetes.default.svc.cluster.local"
NOTHING: Final[dict[str, str]] = {}

UNUSED_CONTROLLERS = (
    "nodeipam",
    "nodelifecycle",
    "attachdetach",
    "persistentvolume-expander",
    "ttl",
    "bootstrapsigner",
    "tokencleaner",
    "csrsigning",
    "csrapproving",
    "csrcleaner",
)
"""They look after nodes and their joining; there are none."""


@dataclass(frozen=True)
class Programs:
    """Paths of the three programs."""

    etcd: Path
    apiserver: Path
    controller_manager: Path


def etcd_command(program: Path, data: Path, port: int, tls: Certificates, *, durable: bool) -> list[str]:
    """Etcd with mutual TLS on loopback, so that other users of the machine cannot read Secrets past the API."""
    flags = {
        "name": "local",
        "data-dir": str(data / "etcd"),
        "listen-client-urls": f"https://{LOOPBACK}:{port}",
        "advertise-client-urls": f"https://{LOOPBACK}:{port}",
        "listen-peer-urls": f"https://{LOOPBACK}:0",
        "initial-advertise-peer-urls": f"https://{LOOPBACK}:0",
        "initial-cluster": f"local=https://{LOOPBACK}:0",
        "cert-file": str(tls.server.certificate),
        "key-file": str(tls.server.key),
        "client-cert-auth": "true",
        "trusted-ca-file": str(tls.authority),
        "peer-cert-file": str(tls.server.certificate),
        "peer-key-file": str(tls.server.key),
        "peer-client-cert-auth": "true",
        "peer-trusted-ca-file": str(tls.authority),
        "log-level": "warn",
        "unsafe-no-fsync": "false" if durable else "true",
    }
    return [str(program), *arguments(flags)]


def apiserver_command(
    program: Path, port: int, etcd_port: int, tls: Certificates, other: Mapping[str, str] = NOTHING
) -> list[str]:
    """kube-apiserver with RBAC and the default admission plugins, Pod Security among them; ``other`` flags win."""
    flags = {
        "bind-address": LOOPBACK,
        "advertise-address": LOOPBACK,
        "secure-port": str(port),
        "endpoint-reconciler-type": "none",
        "etcd-servers": f"https://{LOOPBACK}:{etcd_port}",
        "etcd-cafile": str(tls.authority),
        "etcd-certfile": str(tls.administrator.certificate),
        "etcd-keyfile": str(tls.administrator.key),
        "tls-cert-file": str(tls.server.certificate),
        "tls-private-key-file": str(tls.server.key),
        "client-ca-file": str(tls.authority),
        "authorization-mode": "RBAC",
        "anonymous-auth": "false",
        "service-account-issuer": KUBERNETES_SERVICE,
        "service-account-key-file": str(tls.service_account.certificate),
        "service-account-signing-key-file": str(tls.service_account.key),
        "service-cluster-ip-range": SERVICE_ADDRESSES,
        "profiling": "false",
        "watch-cache": "true",
        "max-requests-inflight": "800",
        "max-mutating-requests-inflight": "400",
        "shutdown-delay-duration": "0s",
    }
    return [str(program), *arguments({**flags, **other})]


def controller_manager_command(
    program: Path, kubeconfig: Path, tls: Certificates, other: Mapping[str, str] = NOTHING
) -> list[str]:
    """kube-controller-manager: namespaces are finalised, orphans collected, workloads' status kept.

    ``other`` flags win.
    """
    flags = {
        "kubeconfig": str(kubeconfig),
        "controllers": ",".join(["*", *(f"-{name}" for name in UNUSED_CONTROLLERS)]),
        "service-account-private-key-file": str(tls.service_account.key),
        "root-ca-file": str(tls.authority),
        "use-service-account-credentials": "true",
        "leader-elect": "false",
        "secure-port": "0",
        "profiling": "false",
        "kube-api-qps": "200",
        "kube-api-burst": "400",
        "concurrent-namespace-syncs": "20",
        "concurrent-gc-syncs": "10",
    }
    return [str(program), *arguments({**flags, **other})]


def arguments(flags: Mapping[str, str]) -> list[str]:
    """Flags as a command line has them."""
    return [f"--{name}={value}" for name, value in flags.items()]
