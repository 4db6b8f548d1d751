"""Who runs on the node, with which command line, after whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.controlplane.certificates import SUBJECTS, Certificates, Subject
from ops.controlplane.servers import apiserver_command, arguments, controller_manager_command, etcd_command
from ops.node.init import Need, Server
from ops.node.layout import ADDRESS, API_PORT, ETCD_PORT, HOSTNAME, INSIDE, POD_CIDR, Layout

HERE: Final = Layout(INSIDE)
FRONT_PROXY: Final = "front-proxy-client"
NODE_SUBJECTS: Final[Mapping[str, Subject]] = {
    **SUBJECTS,
    "server": Subject(
        "kube-apiserver",
        hosts=(*SUBJECTS["server"].hosts, "kubernetes.default.svc.cluster.local"),
        addresses=(*SUBJECTS["server"].addresses, ADDRESS),
    ),
    "scheduler": Subject("system:kube-scheduler"),
    "kube-proxy": Subject("system:kube-proxy"),
    "kubelet": Subject(f"system:node:{HOSTNAME}", "system:nodes", hosts=(HOSTNAME,), addresses=(ADDRESS,)),
    "kubelet-client": Subject("kube-apiserver-kubelet-client", "system:masters"),
    FRONT_PROXY: Subject(FRONT_PROXY),
}
CLIENTS: Final = ("controller-manager", "scheduler", "kube-proxy", "kubelet")
"""Servers that talk to the API server, each with a kubeconfig of its own."""
UNUSED_CONTROLLERS: Final = ("nodeipam", "bootstrapsigner", "tokencleaner")


@dataclass(frozen=True)
class NodePrograms:
    """Paths of the node's programs that are not Debian's."""

    etcd: Path
    apiserver: Path
    controller_manager: Path
    scheduler: Path
    kubelet: Path
    proxy: Path


def servers(programs: NodePrograms) -> list[Server]:
    """Every server, with paths as the node sees them."""
    tls = Certificates(HERE.certificates)
    return [
        Server("etcd", etcd_command(programs.etcd, HERE.data, ETCD_PORT, tls, durable=False)),
        Server("containerd", ["/usr/bin/containerd", "-c", f"{HERE.configuration}/containerd.toml"]),
        Server("kube-apiserver", apiserver_command(programs.apiserver, API_PORT, ETCD_PORT, tls, api_flags(tls))),
        Server(
            "kube-controller-manager",
            controller_manager_command(
                programs.controller_manager, kubeconfig("controller-manager"), tls, MANAGER_FLAGS
            ),
            Need.API,
        ),
        Server("kube-scheduler", _command(programs.scheduler, SCHEDULER_FLAGS), Need.API),
        Server("kubelet", _command(programs.kubelet, KUBELET_FLAGS), Need.RUNTIME_AND_API),
        Server("kube-proxy", _command(programs.proxy, PROXY_FLAGS), Need.API),
    ]


def kubeconfig(client: str) -> Path:
    """A server's kubeconfig, as the node sees it."""
    return HERE.configuration / f"{client}.kubeconfig"


def api_flags(tls: Certificates) -> dict[str, str]:
    """What kube-apiserver needs beside what one without nodes has: kubelets, pods that call it, aggregated APIs."""
    return {
        "bind-address": "0.0.0.0",  # noqa: S104 - of the node's own network namespace
        "advertise-address": ADDRESS,
        "endpoint-reconciler-type": "lease",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        "kubelet-client-certificate": str(tls.pair("kubelet-client").certificate),
        "kubelet-client-key": str(tls.pair("kubelet-client").key),
        "kubelet-certificate-authority": str(tls.authority),
        "kubelet-preferred-address-types": "InternalIP",
        "requestheader-client-ca-file": str(tls.authority),
        "requestheader-allowed-names": FRONT_PROXY,
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": str(tls.pair(FRONT_PROXY).certificate),
        "proxy-client-key-file": str(tls.pair(FRONT_PROXY).key),
    }


MANAGER_FLAGS: Final = {
    "controllers": ",".join(["*", *(f"-{name}" for name in UNUSED_CONTROLLERS)]),
    "cluster-cidr": POD_CIDR,
}
SCHEDULER_FLAGS: Final = {
    "kubeconfig": str(kubeconfig("scheduler")),
    "bind-address": "127.0.0.1",
    "leader-elect": "false",
    "kube-api-qps": "200",
    "kube-api-burst": "400",
}
KUBELET_FLAGS: Final = {
    "config": f"{HERE.configuration}/kubelet.yaml",
    "kubeconfig": str(kubeconfig("kubelet")),
    "hostname-override": HOSTNAME,
    "node-ip": ADDRESS,
    "root-dir": "/var/lib/kubelet",
}
PROXY_FLAGS: Final = {"config": f"{HERE.configuration}/kube-proxy.yaml"}


def _command(program: Path, flags: Mapping[str, str]) -> list[str]:
    return [str(program), *arguments(flags)]
