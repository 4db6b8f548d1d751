"""Where everything of one node is: on the host below one directory, and inside its namespaces at fixed places."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOSTNAME: Final = "mcp-node"
ADDRESS: Final = "10.88.0.10"
GATEWAY: Final = "10.88.0.1"
POD_CIDR: Final = "10.244.0.0/16"
DNS_ADDRESS: Final = "10.96.0.10"
"""Cluster IP of the DNS Service, where Kubernetes' installers put it too."""
API_PORT: Final = 6443
ETCD_PORT: Final = 2379
INSIDE: Final = Path("/mnt/node")
"""The node's directory as its own processes see it."""
SOCKET: Final = "/run/containerd/containerd.sock"


@dataclass(frozen=True)
class Layout:
    """Paths of one node. ``directory`` is the host's view or, as ``Layout(INSIDE)``, the node's own."""

    directory: Path

    @property
    def certificates(self) -> Path:
        """Authority, servers, clients."""
        return self.directory / "certificates"

    @property
    def configuration(self) -> Path:
        """Configuration files and the servers' kubeconfigs."""
        return self.directory / "configuration"

    @property
    def data(self) -> Path:
        """What outlives a stop: etcd, images and containers, kubelet's volumes."""
        return self.directory / "data"

    @property
    def volumes(self) -> Path:
        """Persistent volumes of the storage provisioner."""
        return self.data / "volumes"

    @property
    def run(self) -> Path:
        """What the running node says of itself."""
        return self.directory / "run"

    @property
    def logs(self) -> Path:
        """One file per server."""
        return self.directory / "logs"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's, for use on the host."""
        return self.directory / "kubeconfig"

    @property
    def cgroup(self) -> str:
        """Name of the node's control group: two nodes on one machine have two."""
        return f"mcp-node-{hashlib.sha256(str(self.directory).encode()).hexdigest()[:8]}"

    def log(self, name: str) -> Path:
        """Log of one server."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Create the directories, for root alone; volumes may be entered, since pods own what is in them."""
        for path in (self.directory, self.configuration, self.data, self.run, self.logs):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("containerd", "kubelet", "volumes"):
            (self.data / name).mkdir(mode=0o711, exist_ok=True)
