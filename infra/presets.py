"""Sizes that the settings build on: how many, how large.

Every figure is the specification's unless a comment says otherwise; a stack overrides single values in its settings.
"""

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from infra.sections.logging import Logging
from infra.sections.monitoring import Monitoring
from infra.sections.section import Quantity, Section


class Size(StrEnum):
    """Seed, "Infrastructure Requirements"."""

    MINIMUM = "minimum"
    """Three nodes shared by everything."""
    RECOMMENDED = "recommended"
    """Six nodes or more; database and monitoring on node groups of their own."""


class Amount(Section):
    """CPU and memory of one container."""

    cpu: Quantity
    """Cores: ``500m``, ``2``."""
    memory: Quantity
    """Bytes: ``512Mi``, ``2Gi``."""


class Resources(Section):
    """What a container asks for and what it may use at most."""

    requests: Amount
    """What it asks for: decides placement and autoscaling."""
    limits: Amount
    """What it may use at most."""


class Replicas(Section):
    """Bounds between which the autoscaler moves."""

    min: int = Field(ge=1, le=100)
    """Pods at least."""
    max: int = Field(ge=1, le=100)
    """Pods at most."""


class EngineSize(Section):
    """The orchestration engine."""

    replicas: Replicas
    """Between which the autoscaler moves."""
    resources: Resources
    """Of one pod."""


class AgentsSize(Section):
    """Every agent: one Deployment per role."""

    replicas: Replicas
    """Between which each agent's autoscaler moves."""
    resources: Resources
    """Of one pod."""
    capacity: int = Field(ge=1, le=200)
    """Roles that the quota of namespace ``mcp-agents`` has room for at their maximum."""


class PrimaryLease(Section):
    """How soon an unreachable primary is replaced, seconds. Short ones also end a primary that loses the API server."""

    duration_seconds: int = Field(ge=2, le=300)
    """Another instance may take over after this long without a renewal."""
    renew_seconds: int = Field(ge=1, le=300)
    """A primary that cannot renew for this long stops itself."""
    retry_seconds: int = Field(ge=1, le=60)
    """Pause between attempts to renew or to take over."""


class DatabaseSize(Section):
    """The PostgreSQL cluster."""

    instances: int = Field(ge=1, le=9)
    """PostgreSQL servers; two or more replicate synchronously."""
    storage: Quantity
    """Volume of each instance."""
    storage_class: str = Field(min_length=1)
    """StorageClass of the volumes; its reclaim policy should be ``Retain``."""
    resources: Resources
    """Of one instance."""
    dedicated_nodes: bool
    """Run on the node group labelled and tainted ``mcp-platform/pool=database``."""
    primary_lease: PrimaryLease | None = None
    """Left out, CloudNativePG's own: 15, 10 and 2 s."""


class CacheSize(Section):
    """The cache. Losing it loses nothing, so it is not a cluster and keeps nothing on disk."""

    replicas: Literal[1, 3] = 3
    """Three servers with Sentinels, one of them the master; or one alone."""
    resources: Resources
    """Of one server."""


class Preset(Section):
    """One size of everything."""

    engine: EngineSize
    agents: AgentsSize
    database: DatabaseSize
    cache: CacheSize
    monitoring: Monitoring
    logging: Logging


def _resources(requests: tuple[str, str], limits: tuple[str, str]) -> Resources:
    return Resources(
        requests=Amount(cpu=requests[0], memory=requests[1]),
        limits=Amount(cpu=limits[0], memory=limits[1]),
    )


MINIMUM: Final = Preset(
    engine=EngineSize(replicas=Replicas(min=3, max=10), resources=_resources(("500m", "512Mi"), ("2000m", "2Gi"))),
    agents=AgentsSize(
        replicas=Replicas(min=2, max=8), resources=_resources(("250m", "256Mi"), ("1000m", "1Gi")), capacity=8
    ),
    database=DatabaseSize(
        instances=3,
        storage="100Gi",
        storage_class="fast-ssd",
        resources=_resources(("1000m", "2Gi"), ("2000m", "4Gi")),
        dedicated_nodes=False,
    ),
    cache=CacheSize(resources=_resources(("500m", "1Gi"), ("1000m", "2Gi"))),
    monitoring=Monitoring(replicas=1),
    logging=Logging(),
)

RECOMMENDED: Final = MINIMUM.model_copy(
    update={
        "database": MINIMUM.database.model_copy(update={"dedicated_nodes": True}),
        "monitoring": MINIMUM.monitoring.model_copy(update={"dedicated_nodes": True, "replicas": 2}),
        "logging": MINIMUM.logging.model_copy(update={"dedicated_nodes": True}),
    }
)

PRESETS: Final = {Size.MINIMUM: MINIMUM, Size.RECOMMENDED: RECOMMENDED}
