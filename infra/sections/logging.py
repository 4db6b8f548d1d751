"""Logs: Fluentd on every node, Elasticsearch, Kibana."""

from pydantic import Field

from infra.sections.section import Host, OnOff, Quantity, Section, Switch


class Logging(Section):
    """Where the pods' logs go and how long they stay."""

    enabled: OnOff = Switch.ON
    """Off: no Fluentd, Elasticsearch or Kibana is made."""
    nodes: int = Field(default=3, ge=1, le=9)
    """Elasticsearch nodes, each with a volume of its own."""
    storage: Quantity = "100Gi"
    """Volume of each node."""
    storage_class: str = Field(default="fast-ssd", min_length=1)
    """StorageClass of Elasticsearch's volumes."""
    dedicated_nodes: bool = False
    """Run Elasticsearch and Kibana on the node group labelled and tainted ``mcp-platform/pool=monitoring``."""
    zone_aware: bool = True
    """Keep the copies of a log in different zones; nodes without ``topology.kubernetes.io/zone`` then carry none."""
    retention_days: int = Field(default=30, ge=1, le=3650)
    """After this the index lifecycle deletes."""
    buffer: Quantity = "2Gi"
    """Disk on each node where Fluentd keeps what Elasticsearch does not take."""
    forward: Host | None = None
    """Host of a dedicated monitoring stack's Elasticsearch that receives the logs too; ``logForwardPassword``."""
