"""Everything about a stack that is not secret: the object under the configuration key ``mcp:settings``.

One strict model. What the YAML leaves out comes from the preset that ``size`` names. Errors name the key, the value,
the reason and, for a misspelt key, the nearest valid one; all faults are reported at once, before any resource exists.
"""

from enum import StrEnum
from typing import Any, Final

from pydantic import Field, ValidationError, model_validator

from contract.role import RoleId
from infra import charts
from infra.contradictions import contradictions
from infra.faults import Fault, SettingsError, describe
from infra.presets import PRESETS, AgentsSize, CacheSize, DatabaseSize, EngineSize, Size
from infra.residency import Residency
from infra.sections.autoscaling import Autoscaling
from infra.sections.backup import Backup
from infra.sections.certificates import Certificates
from infra.sections.cluster import Cluster
from infra.sections.llm import Llm
from infra.sections.logging import Logging
from infra.sections.monitoring import Monitoring
from infra.sections.section import ImageReference, OnOff, Section, Switch

KEY: Final = "mcp:settings"


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


class Limits(Section):
    """Limits that the application reads."""

    max_concurrent_workflows: int = Field(default=100, ge=1, le=100_000)
    agent_timeout_seconds: int = Field(default=120, ge=5, le=3600)


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
    rate_limiting: OnOff = Switch.ON
    secrets_generation: int = Field(default=1, ge=1, le=1_000_000)
    """One more replaces every generated password, key and token of the stack."""
    llm: Llm
    limits: Limits = Limits()
    certificates: Certificates = Certificates()
    engine: EngineSize
    agents: AgentsSize
    database: DatabaseSize
    cache: CacheSize
    autoscaling: Autoscaling = Autoscaling()
    monitoring: Monitoring
    logging: Logging
    backup: Backup = Backup()

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


def parse(document: object) -> Settings:
    """Settings from the parsed object. Raises :class:`SettingsError` with every fault."""
    if not isinstance(document, dict):
        raise SettingsError([Fault(KEY, document, "must be an object: see the stack files for an example")])
    try:
        settings = Settings.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        raise SettingsError(describe(error, Settings, KEY)) from error
    faults = [Fault(f"{KEY}.{each.key}", each.value, each.reason) for each in contradictions(settings)]
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


def _merged(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    result = dict(defaults)
    for key, value in given.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType]
    return result
