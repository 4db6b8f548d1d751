"""The tools, their versions, and where each comes from."""

import platform
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MODULES = Path(__file__).parent / "go"
PULUMI_VERSION = "3.259.0"
ETCD_VERSION = "3.7.3"
KUBERNETES_VERSION = "1.36.3"


class ToolName(StrEnum):
    """The programs; the values are their names on PATH."""

    PULUMI = "pulumi"
    ETCD = "etcd"
    APISERVER = "kube-apiserver"
    CONTROLLER_MANAGER = "kube-controller-manager"


@dataclass(frozen=True)
class Release:
    """An official release: a bare program or an archive that has it inside."""

    url: str
    checksum_url: str
    member: str | None = None
    """Directory inside the archive that holds the program; None for a bare program."""


@dataclass(frozen=True)
class Tool:
    """One program.

    Attributes:
        version: what is fetched or built.
        at_least: oldest version on PATH that is taken instead.
        below: first version on PATH that is too new.
        version_command: arguments that make it print its version.
        module: directory of the Go module that pins its sources.
        package: Go package of its main.
        stamp: linker flags that tell it its version.
    """

    name: ToolName
    version: str
    at_least: tuple[int, int]
    below: tuple[int, int]
    version_command: tuple[str, ...]
    module: Path
    package: str
    stamp: str = ""

    def release(self) -> Release | None:
        """Return the official release for this machine, or None where there is none."""
        system, machine = platform.system().lower(), platform.machine().lower()
        arch = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(machine)
        if arch is None or system not in ("linux", "darwin"):
            return None
        if self.name is ToolName.PULUMI:
            file = f"pulumi-v{self.version}-{system}-{'x64' if arch == 'amd64' else arch}.tar.gz"
            base = f"https://github.com/pulumi/pulumi/releases/download/v{self.version}"
            return Release(f"{base}/{file}", f"{base}/pulumi-{self.version}-checksums.txt", "pulumi")
        if system != "linux":
            return None
        if self.name is ToolName.ETCD:
            stem = f"etcd-v{self.version}-linux-{arch}"
            base = f"https://github.com/etcd-io/etcd/releases/download/v{self.version}"
            return Release(f"{base}/{stem}.tar.gz", f"{base}/SHA256SUMS", stem)
        url = f"https://dl.k8s.io/v{self.version}/bin/linux/{arch}/{self.name}"
        return Release(url, f"{url}.sha256")


def _kubernetes(name: ToolName) -> Tool:
    major, minor, _ = KUBERNETES_VERSION.split(".")
    variable = "-X k8s.io/component-base/version"
    stamp = f"{variable}.gitVersion=v{KUBERNETES_VERSION} {variable}.gitMajor={major} {variable}.gitMinor={minor}"
    return Tool(
        name=name,
        version=KUBERNETES_VERSION,
        at_least=(1, 33),
        below=(1, 38),
        version_command=("--version",),
        module=MODULES / "kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        stamp=stamp,
    )


TOOLS: tuple[Tool, ...] = (
    Tool(
        name=ToolName.ETCD,
        version=ETCD_VERSION,
        at_least=(3, 5),
        below=(4, 0),
        version_command=("--version",),
        module=MODULES / "etcd",
        package="go.etcd.io/etcd/server/v3",
    ),
    Tool(
        name=ToolName.PULUMI,
        version=PULUMI_VERSION,
        at_least=(3, 220),
        below=(4, 0),
        version_command=("version",),
        module=MODULES / "pulumi",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        stamp=f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PULUMI_VERSION}",
    ),
    _kubernetes(ToolName.APISERVER),
    _kubernetes(ToolName.CONTROLLER_MANAGER),
)
