"""What the settings of every stack with a cluster have in common, whatever its kind."""

from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from infra import charts
from infra.residency import Residency
from infra.sections.certificates import Certificates
from infra.sections.cluster import Cluster, Operator, Presence
from infra.sections.ingress import IngressSettings
from infra.sections.logging import Logging
from infra.sections.monitoring import Monitoring
from infra.sections.section import ImageReference, OnOff, Section, Switch

KEY: Final = "mcp:settings"


class Kind(StrEnum):
    """What a stack is."""

    REGION = "region"
    """The platform in one region."""
    MONITORING = "monitoring"
    """The dedicated monitoring stack of one residency zone, which its regions send to."""


class Environment(StrEnum):
    """ENVIRONMENT of the specification's ``mcp-global-config``."""

    LOCAL = "local"
    STAGING = "staging"
    PRODUCTION = "production"


class Images(Section):
    """Third-party images, for clusters that take them from a registry of their own."""

    postgresql: ImageReference = charts.POSTGRESQL
    """Operand of CloudNativePG; its tag begins with PostgreSQL's major version."""
    valkey: ImageReference = charts.VALKEY
    """Cache and its Sentinels."""
    haproxy: ImageReference = charts.HAPROXY
    """Before a cache of several servers."""
    redis_exporter: ImageReference = charts.REDIS_EXPORTER
    """Metrics of the cache."""
    elasticsearch: ImageReference = charts.ELASTICSEARCH
    """Its tag is the version, Kibana's the same."""
    kibana: ImageReference = charts.KIBANA
    """Web pages for the logs."""
    fluentd: ImageReference = charts.FLUENTD
    """Ships the logs, on each node."""


class StackSettings(Section):
    """Where a stack is and what every kind of stack runs: operators, the way in, metrics, logs."""

    environment: Environment
    """ENVIRONMENT. Outside ``local`` an image needs a digest, and a backup another region."""
    region: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    """A cloud region, or a name of your own on-premises; Service names carry it without its number."""
    residency: Residency
    """Zone that data, backups, logs and failover never leave."""
    cluster: Cluster
    """Where the Kubernetes API comes from, and which operators run there."""
    waiting: OnOff = Switch.ON
    """Off where no kubelet runs, so that nothing ever becomes ready."""
    protection: OnOff = Switch.ON
    """On: data and namespaces cannot be destroyed. ``destroy`` works in one run when it is off."""
    image: ImageReference
    """The platform's one image; by digest outside ``local``."""
    images: Images = Images()
    """Third-party images."""
    domain: str = Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")
    """Hosts are names below it: ``grafana.``, ``kibana.``, and ``api.``, ``ws.`` or ``metrics.``, ``logs.``."""
    secrets_generation: int = Field(default=1, ge=1, le=1_000_000)
    """One more replaces every generated password, key and token of the stack."""
    certificates: Certificates = Certificates()
    """Who signs."""
    ingress: IngressSettings = IngressSettings()
    """The way in: NGINX, and where a client's address comes from."""
    monitoring: Monitoring
    """Metrics, alerts and dashboards."""
    logging: Logging
    """Logs."""

    def installs(self, operator: Operator) -> bool:
        """Whether this stack installs ``operator``: the settings say so, and what it is for is on."""
        return self.cluster.operators.presence(operator) is Presence.STACK

    @property
    def is_local(self) -> bool:
        """Whether this is a developer's machine and not a shared cluster."""
        return self.environment is Environment.LOCAL


def filled(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """``given``, and below each of its objects what ``defaults`` have beside."""
    result = dict(defaults)
    for key, value in given.items():
        below = result.get(key)
        result[key] = filled(below, value) if isinstance(below, dict) and isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType]
    return result
