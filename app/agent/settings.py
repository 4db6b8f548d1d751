"""The agent's settings: parsed once from the environment, frozen afterwards."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import TypeAdapter, ValidationError

from app.environment import ANY_ADDRESS, BadEnvironmentError, Environment
from app.llm.choice import ProviderSettings, named, usable
from app.llm.models import fallback_models
from app.llm.ports import Provider
from app.mounted import Mounted
from contract import environment as names
from contract.names import Namespace, Port, agent_service, service_host
from contract.role import RoleId

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
PUBLIC_KEY: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


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
    verify_keys: Callable[[], tuple[Ed25519PublicKey, ...]] = field(repr=False)
    """The engine's public keys as their file holds them now: a token may be signed by any of them."""
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
        verify_keys=Mounted(env, names.VERIFY_KEY_FILE, lambda: _verify_keys(env)),
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


def _verify_keys(env: Environment) -> tuple[Ed25519PublicKey, ...]:
    text = env.file(names.VERIFY_KEY_FILE)
    try:
        found = [load_pem_public_key(pem.encode()) for pem in PUBLIC_KEY.findall(text)]
    except (ValueError, TypeError):
        found = []
    keys = tuple(key for key in found if isinstance(key, Ed25519PublicKey))
    if not keys or len(keys) != len(found):
        raise BadEnvironmentError(
            names.VERIFY_KEY_FILE, "holds no or not only Ed25519 public keys", "write one or more as PEM"
        )
    return keys


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
    keys: dict[Provider, Callable[[], str]] = {}
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


def _key(env: Environment, name: str) -> Callable[[], str] | None:
    """Gives the key in the file that ``name`` points to; None where the Secret does not hold it, or holds it empty."""
    path = env.text(name, "")
    if not path or not Path(path).exists() or Path(path).stat().st_size == 0:
        return None
    return Mounted(env, name, lambda: env.file(name))
