"""Helm, which renders the charts that some operators come as. Only its ``template`` is used."""

from ops.toolchain.catalogue import MODULES
from ops.toolchain.tool import OnPath, Tool, ToolName

HELM_VERSION = "3.22.0"
HELM = Tool(
    name=ToolName.HELM,
    version=HELM_VERSION,
    module=MODULES / "helm",
    package="helm.sh/helm/v3/cmd/helm",
    build_seconds=60,
    stamp=f"-X helm.sh/helm/v3/internal/version.version=v{HELM_VERSION}",
    on_path=OnPath((3, 14), (4, 0), ("version", "--short")),
)
