"""The tools that set-up itself and a node run, their versions, and where each comes from."""

from functools import partial
from pathlib import Path

from ops.toolchain.tool import OnPath, Release, Tool, ToolName

MODULES = Path(__file__).parent / "go"
PULUMI_VERSION = "3.259.0"
ETCD_VERSION = "3.7.3"
KUBERNETES_VERSION = "1.36.3"


def _pulumi_release(version: str, system: str, arch: str) -> Release:
    file = f"pulumi-v{version}-{system}-{'x64' if arch == 'amd64' else arch}.tar.gz"
    base = f"https://github.com/pulumi/pulumi/releases/download/v{version}"
    return Release(f"{base}/{file}", f"{base}/pulumi-{version}-checksums.txt", "pulumi")


def _etcd_release(version: str, system: str, arch: str) -> Release | None:
    if system != "linux":
        return None
    stem = f"etcd-v{version}-linux-{arch}"
    base = f"https://github.com/etcd-io/etcd/releases/download/v{version}"
    return Release(f"{base}/{stem}.tar.gz", f"{base}/SHA256SUMS", stem)


def _kubernetes_release(name: ToolName, version: str, system: str, arch: str) -> Release | None:
    if system != "linux":
        return None
    url = f"https://dl.k8s.io/v{version}/bin/linux/{arch}/{name}"
    return Release(url, f"{url}.sha256")


def _kubernetes(name: ToolName, build_seconds: float, on_path: OnPath | None) -> Tool:
    major, minor, _ = KUBERNETES_VERSION.split(".")
    variable = "-X k8s.io/component-base/version"
    return Tool(
        name=name,
        version=KUBERNETES_VERSION,
        module=MODULES / "kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        build_seconds=build_seconds,
        stamp=f"{variable}.gitVersion=v{KUBERNETES_VERSION} {variable}.gitMajor={major} {variable}.gitMinor={minor}",
        on_path=on_path,
        publisher=partial(_kubernetes_release, name),
    )


_CONTROL_PLANE = OnPath((1, 33), (1, 38))

TOOLS: tuple[Tool, ...] = (
    Tool(
        name=ToolName.ETCD,
        version=ETCD_VERSION,
        module=MODULES / "etcd",
        package="go.etcd.io/etcd/server/v3",
        build_seconds=40,
        on_path=OnPath((3, 5), (4, 0)),
        publisher=_etcd_release,
    ),
    Tool(
        name=ToolName.PULUMI,
        version=PULUMI_VERSION,
        module=MODULES / "pulumi",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        build_seconds=160,
        stamp=f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PULUMI_VERSION}",
        on_path=OnPath((3, 220), (4, 0), ("version",)),
        publisher=_pulumi_release,
    ),
    _kubernetes(ToolName.APISERVER, 170, _CONTROL_PLANE),
    _kubernetes(ToolName.CONTROLLER_MANAGER, 100, _CONTROL_PLANE),
)
"""What every set-up needs."""

KUBECTL = _kubernetes(ToolName.KUBECTL, 15, OnPath((1, 35), (1, 38), ("version", "--client")))
"""The client, which other clusters need too."""

NODE_TOOLS: tuple[Tool, ...] = (
    _kubernetes(ToolName.KUBELET, 20, None),
    _kubernetes(ToolName.PROXY, 10, None),
    _kubernetes(ToolName.SCHEDULER, 10, None),
    KUBECTL,
)
"""What a node runs beside the control plane. Of one version with it, hence never from PATH, but for the client."""
