"""The programs that check rendered manifests. Only the suite that lints needs them; none of them asks the network."""

from ops.toolchain.catalogue import MODULES
from ops.toolchain.tool import Tool, ToolName

KUBECONFORM_VERSION = "0.8.0"
KUBE_SCORE_VERSION = "1.20.0"
TRIVY_VERSION = "0.74.0"
"""Of its scanner of Kubernetes manifests, with a main of our own: the whole of Trivy links three clouds' libraries."""

LINTERS: tuple[Tool, ...] = (
    Tool(
        name=ToolName.KUBECONFORM,
        version=KUBECONFORM_VERSION,
        module=MODULES / "kubeconform",
        package="github.com/yannh/kubeconform/cmd/kubeconform",
        build_seconds=2,
        stamp=f"-X main.version=v{KUBECONFORM_VERSION}",
    ),
    Tool(
        name=ToolName.KUBE_SCORE,
        version=KUBE_SCORE_VERSION,
        module=MODULES / "kube-score",
        package="github.com/zegl/kube-score/cmd/kube-score",
        build_seconds=16,
        stamp=f"-X main.version={KUBE_SCORE_VERSION}",
    ),
    Tool(
        name=ToolName.TRIVY,
        version=TRIVY_VERSION,
        module=MODULES / "trivy",
        package="mcp-platform/toolchain/trivy",
        build_seconds=42,
        # Trivy reads JSON with the package that Go still counts as an experiment.
        tags=("goexperiment.jsonv2",),
    ),
)
"""Schemas, good practice, misconfiguration."""
