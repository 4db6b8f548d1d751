"""Names in namespace ``monitoring`` that several parts agree on."""

from typing import Final

from contract.names import Namespace, service_host

PROMETHEUS_SERVICE: Final = "prometheus-operated"
"""The Service that prometheus-operator itself makes, so that it is the same whoever installed the server."""
PROMETHEUS_PORT: Final = 9090
PROMETHEUS: Final = f"http://{service_host(PROMETHEUS_SERVICE, Namespace.MONITORING)}:{PROMETHEUS_PORT}"
"""Where autoscalers ask."""

ALERTMANAGER: Final = "alertmanager"
"""The specification's Service; the chart's own name carries the release's."""
ALERTMANAGER_PORT: Final = 9093
ALERTMANAGER_URL: Final = f"http://{service_host(ALERTMANAGER, Namespace.MONITORING)}:{ALERTMANAGER_PORT}"
ALERTMANAGER_CONFIG_SECRET: Final = "alertmanager-config"  # noqa: S105 - the name of an object
"""Key ``alertmanager.yaml``: routes and receivers."""
ALERTMANAGER_SECRETS: Final = "alertmanager-receivers"
"""What receivers authenticate with; a file each under ``/etc/alertmanager/secrets/alertmanager-receivers/``."""

GRAFANA_ADMIN_SECRET: Final = "grafana-admin"  # noqa: S105
"""Keys: ``admin-user``, ``admin-password``."""
GRAFANA_PORT: Final = 3000
REMOTE_WRITE_SECRET: Final = "remote-write"  # noqa: S105
"""Keys: ``username``, ``password``."""
DASHBOARD_LABEL: Final = {"grafana_dashboard": "1"}
"""Grafana's sidecar reads ConfigMaps that carry it."""
FOLDER: Final = {"grafana_folder": "MCP Platform"}
"""Annotation: the folder in which Grafana shows them."""
DATASOURCE: Final = "prometheus"
"""Identity of the data source that panels ask, as kube-prometheus-stack has it."""

POOL: Final = ("mcp-platform/pool", "monitoring")
"""Label and taint of the node group of monitoring and logging."""
