"""Everything about a stack that is not secret: the object under the configuration key ``mcp:settings``.

One strict model. What the YAML leaves out comes from the preset that ``size`` names. Errors name the key, the value,
the reason and, for a misspelt key, the nearest valid one; all faults are reported at once, before any resource exists.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from contract.role import RoleId
from infra import charts
from infra.faults import Fault, SettingsError, describe
from infra.presets import PRESETS, AgentsSize, CacheSize, DatabaseSize, EngineSize, Section, Size

KEY: Final = "mcp:settings"


class Switch(StrEnum):
    """On or off. YAML 1.1 readers turn the bare words into booleans, so those are understood too."""

    ON = "on"
    OFF = "off"

    @property
    def is_on(self) -> bool:
        """Whether the switch is on."""
        return self is Switch.ON


def _from_yaml(value: object) -> object:
    return {True: Switch.ON, False: Switch.OFF}[value] if isinstance(value, bool) else value


OnOff = Annotated[Switch, BeforeValidator(_from_yaml)]


ImageReference = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9./_:-]*(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$")]


class Residency(StrEnum):
    """Zone that data, backups and failover never leave."""

    US = "us"
    EU = "eu"


class Environment(StrEnum):
    """ENVIRONMENT of the specification's ``mcp-global-config``."""

    LOCAL = "local"
    STAGING = "staging"
    PRODUCTION = "production"


class Provider(StrEnum):
    """Providers of language models; ``offline`` is deterministic and calls nobody."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    OFFLINE = "offline"


class Operator(StrEnum):
    """What the region's cluster runs beside the platform, and what of the platform depends on it."""

    CERT_MANAGER = "cert-manager"
    """Issues the certificate of the ingress."""
    INGRESS_NGINX = "ingress-nginx"
    """Serves the Ingress objects."""
    KEDA = "keda"
    """Owns the number of replicas."""


class ExistingCluster(Section):
    """A cluster that somebody else manages and a kubeconfig reaches."""

    kubeconfig: str = Field(min_length=1)
    """Path of a kubeconfig; ``$NAME`` takes the path from an environment variable, ``~`` is the home directory."""
    context: str | None = None
    """Context in it; without one its current context."""
    adopt: OnOff = Switch.OFF
    """On: an object that exists already, or a field that somebody else has set since, becomes the stack's.

    Off: both are refused, since they may be somebody else's for a reason.
    """


class Cluster(Section):
    """Where the region's Kubernetes API comes from."""

    existing: ExistingCluster
    identifier: str = Field(min_length=1, max_length=100)
    """Identity of the cluster: another identifier means other objects, another kubeconfig for the same one does not."""
    operators: tuple[Operator, ...] = tuple(Operator)
    """What the cluster runs. Nothing is waited for that a missing one would do, and without KEDA replicas are fixed."""

    def has(self, operator: Operator) -> bool:
        """Whether the cluster runs ``operator``."""
        return operator in self.operators


class Images(Section):
    """Third-party images, for clusters that take them from a registry of their own."""

    postgresql: ImageReference = charts.POSTGRESQL
    """Operand of CloudNativePG; its tag begins with PostgreSQL's major version."""
    valkey: ImageReference = charts.VALKEY


class Llm(Section):
    """Language models."""

    preference: tuple[Provider, ...] = Field(min_length=1)
    """Preferred provider first."""
    default_model: str = "gpt-4o"
    """DEFAULT_LLM_MODEL."""
    agent_model: str = "gpt-4o-mini"
    """LLM_MODEL of every agent whose role file names none."""
    offline_latency_seconds: float = Field(default=0, ge=0, le=600)
    """How long each answer of provider ``offline`` takes, so that something can be watched or killed meanwhile."""


class Limits(Section):
    """Limits that the application reads."""

    max_concurrent_workflows: int = Field(default=100, ge=1, le=100_000)
    agent_timeout_seconds: int = Field(default=120, ge=5, le=3600)


class Certificates(Section):
    """Who signs the certificate of the ingress."""

    cluster_issuer: str = "letsencrypt-prod"
    self_signed: OnOff = Switch.OFF
    """On: this stack makes the ClusterIssuer, self-signed. Off: it must exist in the cluster."""


class Settings(Section):
    """One region."""

    environment: Environment
    region: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    residency: Residency
    backup_region: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    size: Size
    cluster: Cluster
    waiting: OnOff = Switch.ON
    """Off where no kubelet runs, so that nothing ever becomes ready."""
    protection: OnOff = Switch.ON
    """On: data and namespaces cannot be destroyed. ``destroy`` works in one run when it is off."""
    image: ImageReference
    """The platform's one image; by digest outside ``local``."""
    images: Images = Images()
    domain: str = Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")
    roles_directory: str = "roles"
    """Directory of role files, relative to the repository."""
    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    monitoring: OnOff = Switch.ON
    rate_limiting: OnOff = Switch.ON
    llm: Llm
    limits: Limits = Limits()
    certificates: Certificates = Certificates()
    engine: EngineSize
    agents: AgentsSize
    database: DatabaseSize
    cache: CacheSize

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, document: object) -> object:
        if not isinstance(document, dict):
            return document
        given: dict[str, Any] = document  # pyright: ignore[reportUnknownVariableType]
        size = given.get("size")
        if size not in list(Size):
            return given
        return _merged(PRESETS[Size(size)].model_dump(by_alias=True, mode="json"), given)

    @property
    def short_region(self) -> str:
        """``us-east-1`` -> ``us-east``, as the specification's service names have it."""
        head, _, tail = self.region.rpartition("-")
        return head if head and tail.isdigit() else self.region

    @property
    def is_local(self) -> bool:
        """Whether this is a developer's machine and not a shared cluster."""
        return self.environment is Environment.LOCAL


ZONES: Final = {"us-": Residency.US, "eu-": Residency.EU, "europe-": Residency.EU}
"""Residency zone by the beginning of a cloud region's name; other names (on-premises) are taken as declared."""


def parse(document: object) -> Settings:
    """Settings from the parsed object. Raises :class:`SettingsError` with every fault."""
    if not isinstance(document, dict):
        raise SettingsError([Fault(KEY, document, "must be an object: see the stack files for an example")])
    try:
        settings = Settings.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        raise SettingsError(describe(error, Settings, KEY)) from error
    faults = _conflicts(settings)
    if faults:
        raise SettingsError(faults)
    return settings


def check_roles(settings: Settings, roles: tuple[RoleId, ...]) -> None:
    """Refuse more roles than the agents' quota has room for."""
    if len(roles) > settings.agents.capacity:
        raise SettingsError(
            [
                Fault(
                    f"{KEY}.agents.capacity",
                    settings.agents.capacity,
                    f"{settings.roles_directory}/ has {len(roles)} roles, so the quota of namespace mcp-agents would "
                    f"refuse the last ones: raise it to {len(roles)} or more",
                )
            ]
        )


def _conflicts(settings: Settings) -> list[Fault]:
    faults: list[Fault] = []

    def refuse(key: str, value: object, reason: str) -> None:
        faults.append(Fault(f"{KEY}.{key}", value, reason))

    for name, replicas in (("engine", settings.engine.replicas), ("agents", settings.agents.replicas)):
        if replicas.min > replicas.max:
            refuse(f"{name}.replicas.min", replicas.min, f"must not exceed {name}.replicas.max ({replicas.max})")
    for key, region in (("region", settings.region), ("backupRegion", settings.backup_region)):
        zone = zone_of(region)
        if zone is not None and zone is not settings.residency:
            refuse(key, region, f"lies in residency zone {zone}, but residency is {settings.residency}")
    if not settings.is_local:
        if settings.backup_region == settings.region:
            refuse("backupRegion", settings.backup_region, "must be another region: losing one must not lose both")
        if "@sha256:" not in settings.image:
            refuse("image", settings.image, "must end in @sha256:… outside environment local, so that it never changes")
        if settings.protection.is_on and settings.database.instances < 2:
            refuse("database.instances", settings.database.instances, "must be 2 or more where protection is on")
    lease = settings.database.primary_lease
    if lease is not None and not lease.retry_seconds < lease.renew_seconds < lease.duration_seconds:
        refuse(
            "database.primaryLease",
            lease.model_dump(by_alias=True),
            "must have retrySeconds < renewSeconds < durationSeconds: a primary gives up before its lease ends",
        )
    if len(set(settings.llm.preference)) != len(settings.llm.preference):
        refuse("llm.preference", [str(name) for name in settings.llm.preference], "names a provider twice")
    return faults


def zone_of(region: str) -> Residency | None:
    """Residency zone of a cloud region, or None where its name does not say."""
    return next((zone for prefix, zone in ZONES.items() if region.startswith(prefix)), None)


def _merged(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    result = dict(defaults)
    for key, value in given.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType]
    return result
