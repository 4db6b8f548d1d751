"""The programs that run as pods of a real node: built from Go modules, by operator, never taken from PATH.

Their images are empty but for them, so each is one static Linux program. Two modules have mains of our own in the tree:
CoreDNS, to leave out what links the libraries of three clouds, and cert-manager, whose mains no proxy serves.
"""

from enum import StrEnum

from ops.toolchain.catalogue import MODULES
from ops.toolchain.tool import Tool, ToolName

CLOUDNATIVE_PG_VERSION = "1.30.0"
COREDNS_VERSION = "1.12.4"
LOCAL_PATH_PROVISIONER_VERSION = "0.0.30"
METRICS_SERVER_VERSION = "0.8.0"
KEDA_VERSION = "2.21.0"
CERT_MANAGER_VERSION = "1.21.2"
PROMETHEUS_OPERATOR_VERSION = "0.85.0"
PROMETHEUS_VERSION = "3.16.0"
"""Its Go module counts differently: v0.316.0."""


class OperatorName(StrEnum):
    """What a node can be given beside the platform; the values are those of settings and of the command."""

    CLOUDNATIVE_PG = "cloudnative-pg"
    COREDNS = "coredns"
    STORAGE = "storage"
    METRICS_SERVER = "metrics-server"
    KEDA = "keda"
    CERT_MANAGER = "cert-manager"
    PROMETHEUS = "prometheus"


def _tool(
    name: ToolName,
    version: str,
    module: str,
    package: str,
    build_seconds: float,
    stamp: str = "",
    tags: tuple[str, ...] = (),
) -> Tool:
    return Tool(
        name=name,
        version=version,
        module=MODULES / module,
        package=package,
        build_seconds=build_seconds,
        stamp=stamp,
        tags=tags,
        system="linux",
    )


def _keda(name: ToolName, command: str, build_seconds: float) -> Tool:
    root = "github.com/kedacore/keda/v2"
    stamp = f"-X {root}/version.Version={KEDA_VERSION}"
    return _tool(name, KEDA_VERSION, "keda", f"{root}/cmd/{command}", build_seconds, stamp)


def _cert_manager(name: ToolName, command: str, build_seconds: float) -> Tool:
    root = "github.com/cert-manager/cert-manager"
    stamp = f"-X {root}/pkg/util.AppVersion=v{CERT_MANAGER_VERSION}"
    return _tool(name, CERT_MANAGER_VERSION, "cert-manager", f"{root}/mcp-platform/{command}", build_seconds, stamp)


def _prometheus_operator(name: ToolName, command: str, build_seconds: float) -> Tool:
    stamp = f"-X github.com/prometheus/common/version.Version={PROMETHEUS_OPERATOR_VERSION}"
    package = f"github.com/prometheus-operator/prometheus-operator/cmd/{command}"
    return _tool(name, PROMETHEUS_OPERATOR_VERSION, "prometheus-operator", package, build_seconds, stamp)


OPERATOR_TOOLS: dict[OperatorName, tuple[Tool, ...]] = {
    OperatorName.CLOUDNATIVE_PG: (
        _tool(
            ToolName.CLOUDNATIVE_PG,
            CLOUDNATIVE_PG_VERSION,
            "cloudnative-pg",
            "github.com/cloudnative-pg/cloudnative-pg/cmd/manager",
            115,
        ),
    ),
    OperatorName.COREDNS: (_tool(ToolName.COREDNS, COREDNS_VERSION, "coredns", "mcp-platform/toolchain/coredns", 80),),
    OperatorName.STORAGE: (
        _tool(
            ToolName.LOCAL_PATH_PROVISIONER,
            LOCAL_PATH_PROVISIONER_VERSION,
            "local-path-provisioner",
            "github.com/rancher/local-path-provisioner",
            80,
            f"-X main.VERSION=v{LOCAL_PATH_PROVISIONER_VERSION}",
        ),
    ),
    OperatorName.METRICS_SERVER: (
        _tool(
            ToolName.METRICS_SERVER,
            METRICS_SERVER_VERSION,
            "metrics-server",
            "sigs.k8s.io/metrics-server/cmd/metrics-server",
            130,
            f"-X k8s.io/client-go/pkg/version.gitVersion=v{METRICS_SERVER_VERSION}",
        ),
    ),
    OperatorName.KEDA: (
        _keda(ToolName.KEDA_OPERATOR, "operator", 340),
        _keda(ToolName.KEDA_ADAPTER, "adapter", 30),
        _keda(ToolName.KEDA_WEBHOOKS, "webhooks", 20),
    ),
    OperatorName.CERT_MANAGER: (
        _cert_manager(ToolName.CERT_MANAGER_CONTROLLER, "controller", 120),
        _cert_manager(ToolName.CERT_MANAGER_WEBHOOK, "webhook", 20),
        _cert_manager(ToolName.CERT_MANAGER_CAINJECTOR, "cainjector", 20),
    ),
    OperatorName.PROMETHEUS: (
        _prometheus_operator(ToolName.PROMETHEUS_OPERATOR, "operator", 95),
        _prometheus_operator(ToolName.PROMETHEUS_CONFIG_RELOADER, "prometheus-config-reloader", 25),
        _tool(
            ToolName.PROMETHEUS,
            PROMETHEUS_VERSION,
            "prometheus",
            "github.com/prometheus/prometheus/cmd/prometheus",
            145,
            f"-X github.com/prometheus/common/version.Version={PROMETHEUS_VERSION}",
            ("remove_all_sd", "enable_kubernetes_sd"),
        ),
    ),
}
