"""Configuration of containerd, its network and kube-proxy and kubelet, as the files they read inside the node."""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from ops.node.layout import ADDRESS, DNS_ADDRESS, HOSTNAME, INSIDE, POD_CIDR, SOCKET, Layout

PAUSE: Final = "docker.io/local/pause:1"
HERE: Final = Layout(INSIDE)
CONTAINERD: Final = f"""
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  # Lowering one's own OOM score needs a capability that a container of a machine may not have.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{HERE.configuration}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""
NETWORK: Final[dict[str, Any]] = {
    "cniVersion": "1.0.0",
    "name": HOSTNAME,
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "ipMasq": False,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": "10.244.0.0/24"}]],
                "routes": [{"dst": "0.0.0.0/0"}],
                "dataDir": "/run/cni-ipam",
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
PROXY: Final[dict[str, Any]] = {
    "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
    "kind": "KubeProxyConfiguration",
    "clientConnection": {"kubeconfig": f"{HERE.configuration}/kube-proxy.kubeconfig"},
    "mode": "nftables",
    "clusterCIDR": POD_CIDR,
    "hostnameOverride": HOSTNAME,
    "bindAddress": ADDRESS,
    "healthzBindAddress": "127.0.0.1:10256",
    "metricsBindAddress": "127.0.0.1:10249",
    # The machine's own limits are nobody's to change from here.
    "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    "nftables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
    "oomScoreAdj": 0,
}


def kubelet(cgroup: str) -> dict[str, Any]:
    """KubeletConfiguration of a node whose pods live in control group ``cgroup``."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroup}",
        "cgroupsPerQOS": True,
        "enforceNodeAllocatable": ["pods"],
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "address": ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{HERE.certificates}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{HERE.certificates}/kubelet.crt",
        "tlsPrivateKeyFile": f"{HERE.certificates}/kubelet.key",
        "clusterDomain": "cluster.local",
        "clusterDNS": [DNS_ADDRESS],
        "resolvConf": f"{HERE.configuration}/resolv.conf",
        "podLogsDir": "/var/log/pods",
        "protectKernelDefaults": False,
        "makeIPTablesUtilChains": True,
        "nodeStatusUpdateFrequency": "4s",
        "syncFrequency": "10s",
        "fileCheckFrequency": "20s",
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
        "eventRecordQPS": 0,
        "serializeImagePulls": False,
        "shutdownGracePeriod": "0s",
        "oomScoreAdj": 0,
    }


def write_configuration(layout: Layout) -> None:
    """Write every file; ``layout`` is the host's view."""
    files: dict[str, str] = {
        "containerd.toml": CONTAINERD,
        "cni/10-bridge.conflist": json.dumps(NETWORK, indent=1),
        "kube-proxy.yaml": yaml.safe_dump(PROXY, sort_keys=False),
        "kubelet.yaml": yaml.safe_dump(kubelet(layout.cgroup), sort_keys=False),
        "resolv.conf": "nameserver 127.0.0.1\n",
    }
    for name, content in files.items():
        _write(layout.configuration / name, content)


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(content, encoding="utf-8")
