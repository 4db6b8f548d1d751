"""The agent's settings: parsed once from the environment, frozen afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import TypeAdapter, ValidationError

from app.environment import ANY_ADDRESS, BadEnvironmentError, Environment
from app.llm.choice import ProviderSettings, named, usable
from app.llm.models import fallback_models
from app.llm.ports import Provider
from contract import environment as names
from contract.names import Namespace, Port, agent_service, service_host
from contract.role import RoleId

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True)
class AgentSettings:
    """What one agent process runs with. Secrets are kept out of ``repr``. Durations in seconds."""

    role_id: str
    role_file: Path
    log_level: str
    bind_host: str
    port: int
    """0 lets the system choose, for tests."""
    allowed_hosts: tuple[str, ...]
    verify_key: Ed25519PublicKey = field(repr=False)
    agent_timeout: float
    monitoring: bool
    providers: ProviderSettings
    models: Mapping[Provider, str]

    @property
    def drain_seconds(self) -> int:
        """Longest orderly shutdown: one whole turn, and ten seconds for the rest; below the pod's grace period."""
        return int(self.agent_timeout) + 10


def parse(variables: Mapping[str, str]) -> AgentSettings:
    """Settings from ``variables``. Raises :class:`BadEnvironmentError` for the first fault found."""
    env = Environment(variables)
    role_id = _role_id(env)
    return AgentSettings(
        role_id=role_id,
        role_file=Path(env.text(names.ROLE_FILE)),
        log_level=env.choice(names.LOG_LEVEL, "INFO", LEVELS),
        bind_host=env.address(names.BIND_HOST, ANY_ADDRESS),
        port=env.whole(names.MCP_PORT, Port.AGENT, low=0, high=65535),
        allowed_hosts=(*own_hosts(role_id), *env.listed(names.MCP_ALLOWED_HOSTS)),
        verify_key=_verify_key(env),
        agent_timeout=env.number(names.AGENT_TIMEOUT_SECONDS, 120, low=0.1, high=3600),
        monitoring=env.switch(names.MONITORING_ENABLED, default=True),
        providers=_providers(env),
        models=fallback_models(env.text(names.LLM_MODEL, ""), env.text(names.DEFAULT_LLM_MODEL, "")),
    )


def own_hosts(role_id: str) -> tuple[str, ...]:
    """Host headers by which an agent is rightly addressed: its Service, in each form that resolves, and loopback."""
    service = agent_service(role_id)
    forms = (
        service_host(service, Namespace.AGENTS),
        f"{service}.{Namespace.AGENTS}.svc",
        f"{service}.{Namespace.AGENTS}",
        service,
        "127.0.0.1",
        "localhost",
        "[::1]",
    )
    return tuple(f"{form}:*" for form in forms)


def _role_id(env: Environment) -> str:
    text = env.text(names.ROLE_ID)
    try:
        return TypeAdapter[str](RoleId).validate_python(text)
    except ValidationError:
        reason = f"is {text!r}, which is no role id"
        raise BadEnvironmentError(names.ROLE_ID, reason, "use lower-case words joined by _") from None


def _verify_key(env: Environment) -> Ed25519PublicKey:
    pem = env.file(names.VERIFY_KEY_FILE)
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadEnvironmentError(names.VERIFY_KEY_FILE, "holds no Ed25519 public key", "write one as PEM")
    return key


def _providers(env: Environment) -> ProviderSettings:
    try:
        preference = named(env.listed(names.LLM_PROVIDER_PREFERENCE) or ("openai", "anthropic"))
    except ValueError as error:
        reason = f"{error}, which is no provider"
        raise BadEnvironmentError(names.LLM_PROVIDER_PREFERENCE, reason, "use openai, anthropic, offline") from None
    key_files: dict[Provider, str] = {
        "openai": names.OPENAI_API_KEY_FILE,
        "anthropic": names.ANTHROPIC_API_KEY_FILE,
    }
    keys: dict[Provider, str] = {}
    for provider, name in key_files.items():
        key = _key(env, name) if provider in preference else None
        if key is not None:
            keys[provider] = key
    url_names: dict[Provider, str] = {"openai": names.OPENAI_BASE_URL, "anthropic": names.ANTHROPIC_BASE_URL}
    base_urls: dict[Provider, str] = {
        provider: url for provider, name in url_names.items() if (url := env.text(name, ""))
    }
    latency = env.number(names.OFFLINE_LATENCY_SECONDS, 0, low=0, high=600)
    settings = ProviderSettings(preference, keys, base_urls, latency)
    if not usable(settings):
        reason = f"is {','.join(preference)}, but none of them has a key"
        remedy = "mount a key file of one, or prefer offline"
        raise BadEnvironmentError(names.LLM_PROVIDER_PREFERENCE, reason, remedy)
    return settings


def _key(env: Environment, name: str) -> str | None:
    """The key in the file that ``name`` points to; None where the Secret does not hold it, or holds it empty."""
    path = env.text(name, "")
    if not path or not Path(path).exists() or Path(path).stat().st_size == 0:
        return None
    return env.file(name)
