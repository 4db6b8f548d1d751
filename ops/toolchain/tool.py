"""What a tool is: its name and version, which of its copies count, and the sources it is built from."""

import hashlib
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ToolName(StrEnum):
    """The programs; the values are their names on PATH and in the cache."""

    PULUMI = "pulumi"
    ETCD = "etcd"
    APISERVER = "kube-apiserver"
    CONTROLLER_MANAGER = "kube-controller-manager"
    SCHEDULER = "kube-scheduler"
    KUBELET = "kubelet"
    PROXY = "kube-proxy"
    KUBECTL = "kubectl"
    HELM = "helm"
    CLOUDNATIVE_PG = "cloudnative-pg-manager"
    COREDNS = "coredns"
    LOCAL_PATH_PROVISIONER = "local-path-provisioner"
    METRICS_SERVER = "metrics-server"
    KEDA_OPERATOR = "keda-operator"
    KEDA_ADAPTER = "keda-adapter"
    KEDA_WEBHOOKS = "keda-webhooks"
    CERT_MANAGER_CONTROLLER = "cert-manager-controller"
    CERT_MANAGER_WEBHOOK = "cert-manager-webhook"
    CERT_MANAGER_CAINJECTOR = "cert-manager-cainjector"
    PROMETHEUS_OPERATOR = "prometheus-operator"
    PROMETHEUS_CONFIG_RELOADER = "prometheus-config-reloader"
    PROMETHEUS = "prometheus"
    KUBECONFORM = "kubeconform"
    KUBE_SCORE = "kube-score"
    TRIVY = "trivy"
    PROMTOOL = "promtool"
    AMTOOL = "amtool"
    ALERTMANAGER = "alertmanager"


@dataclass(frozen=True)
class Release:
    """An official release: a bare program or an archive that has it inside."""

    url: str
    checksum_url: str
    member: str | None = None
    """Directory inside the archive that holds the program; None for a bare program."""


@dataclass(frozen=True)
class OnPath:
    """Which copy on PATH is taken instead.

    Attributes:
        at_least: oldest version that is taken.
        below: first version that is too new.
        version_command: arguments that make the program print its version.
    """

    at_least: tuple[int, int]
    below: tuple[int, int]
    version_command: tuple[str, ...] = ("--version",)


@dataclass(frozen=True)
class Tool:
    """One program.

    Attributes:
        version: what is fetched or built.
        module: directory of the Go module that pins its sources.
        package: Go package of its main.
        build_seconds: what it adds to a build of its group on two cores; see ``estimated_seconds``.
        stamp: linker flags that tell it its version.
        tags: Go build tags.
        system: the system it is built for, in Go's words; None for this machine's.
        on_path: which copies on PATH are taken; None where none is.
        publisher: gives its official release for version, system and architecture; None where there is none.
    """

    name: ToolName
    version: str
    module: Path
    package: str
    build_seconds: float
    stamp: str = ""
    tags: tuple[str, ...] = ()
    system: str | None = None
    on_path: OnPath | None = None
    publisher: Callable[[str, str, str], Release | None] | None = None

    def release(self) -> Release | None:
        """Return the official release for this machine, or None where there is none."""
        system, machine = platform.system().lower(), platform.machine().lower()
        arch = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(machine)
        if self.publisher is None or arch is None or system not in ("linux", "darwin"):
            return None
        return self.publisher(self.version, system, arch)

    @property
    def edition(self) -> str:
        """Version, and for a program with a main of our own the digest of our sources: what the cache tells apart."""
        ours = sorted(path for path in self.module.rglob("*.go") if path.name != "tools.go")
        if not ours:
            return self.version
        digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in ours))
        return f"{self.version}-{digest.hexdigest()[:8]}"

    @property
    def output(self) -> str:
        """The file name that ``go build`` gives the program: its package's last element that is no version."""
        *_, before, last = self.package.split("/")
        return before if re.fullmatch(r"v\d+", last) else last
