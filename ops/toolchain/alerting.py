"""The programs that prove alerts: Prometheus itself, Alertmanager, and the checkers of both. Only tests need them."""

from ops.toolchain.catalogue import MODULES
from ops.toolchain.operators import OPERATOR_TOOLS, PROMETHEUS_VERSION, OperatorName
from ops.toolchain.tool import Tool, ToolName

ALERTMANAGER_VERSION = "0.34.2"
_STAMP = f"-X github.com/prometheus/common/version.Version={ALERTMANAGER_VERSION}"

PROMETHEUS = next(tool for tool in OPERATOR_TOOLS[OperatorName.PROMETHEUS] if tool.name is ToolName.PROMETHEUS)
PROMTOOL = Tool(
    name=ToolName.PROMTOOL,
    version=PROMETHEUS_VERSION,
    module=PROMETHEUS.module,
    package="github.com/prometheus/prometheus/cmd/promtool",
    build_seconds=60,
    stamp=PROMETHEUS.stamp,
    tags=PROMETHEUS.tags,
    system=PROMETHEUS.system,
)
"""Of the same tags as the server, so that both share what is compiled."""
AMTOOL = Tool(
    name=ToolName.AMTOOL,
    version=ALERTMANAGER_VERSION,
    module=MODULES / "alertmanager",
    package="github.com/prometheus/alertmanager/cmd/amtool",
    build_seconds=50,
    stamp=_STAMP,
)
ALERTMANAGER = Tool(
    name=ToolName.ALERTMANAGER,
    version=ALERTMANAGER_VERSION,
    module=MODULES / "alertmanager",
    package="mcp-platform/toolchain/alertmanager/server",
    build_seconds=25,
    stamp=_STAMP,
)
"""With a main of ours: its own embeds a web page that no Go module carries."""

ALERTING: tuple[Tool, ...] = (PROMETHEUS, PROMTOOL, AMTOOL, ALERTMANAGER)
