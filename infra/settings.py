"""Everything about a stack that is not secret: the object under the configuration key ``mcp:settings``.

One strict model. What the YAML leaves out comes from the preset that ``size`` names. Errors name the key, the value,
the reason and, for a misspelt key, the nearest valid one; all faults are reported at once, before any resource exists.
"""

from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from contract.role import RoleId
from infra.contradictions import contradictions
from infra.faults import Fault, SettingsError, describe
from infra.presets import PRESETS, AgentsSize, CacheSize, DatabaseSize, EngineSize, Size
from infra.sections.autoscaling import Autoscaling
from infra.sections.backup import Backup
from infra.sections.cluster import Operator
from infra.sections.llm import Llm
from infra.sections.section import OnOff, Section, Switch
from infra.stack_settings import KEY, Environment, Images, Kind, StackSettings, filled

__all__ = ["KEY", "Environment", "Images", "Limits", "Settings", "check_roles", "parse"]


class Limits(Section):
    """Limits that the application reads."""

    max_concurrent_workflows: int = Field(default=100, ge=1, le=100_000)
    """MAX_CONCURRENT_WORKFLOWS: workflows that hold a slot at once, over all replicas of the engine."""
    agent_timeout_seconds: int = Field(default=120, ge=5, le=3600)
    """AGENT_TIMEOUT_SECONDS: how long one turn of an agent may take."""


class Settings(StackSettings):
    """One region."""

    kind: Literal[Kind.REGION] = Kind.REGION
    """What the stack is; left out, a region."""
    backup_region: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    """BACKUP_REGION, in the same residency zone."""
    size: Size
    """Preset: ``minimum`` is three nodes shared by everything, ``recommended`` six or more, some of them dedicated."""
    roles_directory: str = "roles"
    """Directory of role files, relative to the repository."""
    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    """LOG_LEVEL of engine and agents."""
    rate_limiting: OnOff = Switch.ON
    """RATE_LIMITING_ENABLED: limits at the ingress and of each API key."""
    llm: Llm
    """Language models."""
    limits: Limits = Limits()
    """Limits that the application reads."""
    engine: EngineSize
    """Replicas and resources of the orchestration engine."""
    agents: AgentsSize
    """Replicas and resources of each agent."""
    database: DatabaseSize
    """Size of the PostgreSQL cluster."""
    cache: CacheSize
    """Size of the cache."""
    autoscaling: Autoscaling = Autoscaling()
    """Beside the replicas' own."""
    backup: Backup = Backup()
    """Backups."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, document: object) -> object:
        if not isinstance(document, dict):
            return document
        given: dict[str, Any] = document  # pyright: ignore[reportUnknownVariableType]
        size = given.get("size")
        if size not in list(Size):
            return given
        return filled(PRESETS[Size(size)].model_dump(by_alias=True, mode="json"), given)

    @property
    def short_region(self) -> str:
        """``us-east-1`` -> ``us-east``, as the specification's service names have it."""
        head, _, tail = self.region.rpartition("-")
        return head if head and tail.isdigit() else self.region

    def installs(self, operator: Operator) -> bool:
        """Whether this stack installs ``operator``: the settings say so, and what it is for is on."""
        idle = {
            Operator.PROMETHEUS: not self.monitoring.enabled.is_on,
            Operator.ELASTIC: not self.logging.enabled.is_on,
            Operator.BARMAN_CLOUD: not self.backup.enabled.is_on,
            Operator.VERTICAL_POD_AUTOSCALER: not self.autoscaling.recommendations.is_on,
        }
        return super().installs(operator) and not idle.get(operator, False)


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
