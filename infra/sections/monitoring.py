"""Metrics, alerts and dashboards."""

from typing import Literal

from pydantic import Field

from infra.sections.section import HttpsUrl, OnOff, Quantity, Section, Switch


class Monitoring(Section):
    """Prometheus, Alertmanager and Grafana of a region."""

    enabled: OnOff = Switch.ON
    """Off: MONITORING_ENABLED is false, nothing is scraped, and no rule, dashboard or Grafana is made."""
    replicas: int = Field(default=2, ge=1, le=5)
    """Servers of Prometheus and of Alertmanager each; every one scrapes everything, and alerts are sent once."""
    retention_days: int = Field(default=15, ge=1, le=365)
    """Days that Prometheus keeps."""
    storage: Quantity = "50Gi"
    """Volume of each Prometheus."""
    storage_class: str = Field(default="fast-ssd", min_length=1)
    """StorageClass of Prometheus' and Alertmanager's volumes."""
    dedicated_nodes: bool = False
    """Run on the node group labelled and tainted ``mcp-platform/pool=monitoring``."""
    alert_speed: int = Field(default=1, ge=1, le=60)
    """How many times faster alerts see and fire than in production, so that a drill does not take the day."""
    repeat_hours: int = Field(default=4, ge=1, le=168)
    """How often an alert that goes on is told again."""
    slow_turn_seconds: Literal[5, 10, 20, 30, 45, 60, 90, 120, 150, 180, 240, 300] = 120
    """What AgentResponseTimeTooHigh compares with; bounds of the engine's histogram, which only guesses in between."""
    runbook_base: HttpsUrl = "https://docs.mcp-platform.com/runbooks"
    """Where ``docs/runbooks`` is published; an alert links to ``<here>/<its name>.md``."""
    remote_write: HttpsUrl | None = None
    """Where a dedicated monitoring stack receives this region's metrics; its password is ``remoteWritePassword``."""
