"""The engine's settings: parsed once from the environment, frozen afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import TypeAdapter, ValidationError

from app.engine.api.bootstrap import BootstrapToken, read_tokens
from app.environment import ANY_ADDRESS, BadEnvironmentError, Environment
from app.mounted import Mounted
from contract import environment as names
from contract.names import Port

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
POOL_CONNECTIONS = 12
"""Database connections of one replica, all pools together: ten replicas stay below PostgreSQL's 200."""


@dataclass(frozen=True)
class EngineSettings:
    """What one engine process runs with. Durations in seconds.

    Secrets are kept out of ``repr`` and asked for at each use: their files change under a running engine.
    """

    environment: str
    region: str
    log_level: str
    bind_host: str
    http_port: int
    """0 lets the system choose, for tests."""
    websocket_port: int
    database_api_url: Callable[[], str] = field(repr=False)
    database_worker_url: Callable[[], str] = field(repr=False)
    redis_url: Callable[[], str] = field(repr=False)
    signing_key: Callable[[], Ed25519PrivateKey] = field(repr=False)
    bootstrap_tokens: Callable[[], tuple[BootstrapToken, ...]] = field(repr=False)
    agent_endpoints_file: Path
    """JSON object: role id -> URL of its MCP endpoint. Sound at start; may change later."""
    roles_dir: Path
    workflows_dir: Path
    max_concurrent_workflows: int
    agent_timeout: float
    rate_limiting: bool
    monitoring: bool
    api_key_rate: float
    api_key_burst: int
    allowed_origins: frozenset[str]

    @property
    def drain_seconds(self) -> float:
        """Longest orderly shutdown: one whole turn, and ten seconds for the rest; below the pod's grace period."""
        return self.agent_timeout + 10


def parse(variables: Mapping[str, str]) -> EngineSettings:
    """Settings from ``variables``. Raises :class:`BadEnvironmentError` for the first fault found."""
    env = Environment(variables)
    return EngineSettings(
        environment=env.text(names.ENVIRONMENT, "production"),
        region=env.text(names.REGION, "local"),
        log_level=env.choice(names.LOG_LEVEL, "INFO", LEVELS),
        bind_host=env.address(names.BIND_HOST, ANY_ADDRESS),
        http_port=env.whole(names.HTTP_PORT, Port.HTTP, low=0, high=65535),
        websocket_port=env.whole(names.WEBSOCKET_PORT, Port.WEBSOCKET, low=0, high=65535),
        database_api_url=_url(env, names.DATABASE_API_URL_FILE, "postgresql", "postgres"),
        database_worker_url=_url(env, names.DATABASE_WORKER_URL_FILE, "postgresql", "postgres"),
        redis_url=_url(env, names.REDIS_URL_FILE, "redis", "rediss"),
        signing_key=Mounted(env, names.SIGNING_KEY_FILE, lambda: _signing_key(env)),
        bootstrap_tokens=Mounted(env, names.API_TOKEN_FILE, lambda: _tokens(env)),
        agent_endpoints_file=_endpoints(env),
        roles_dir=env.directory(names.ROLES_DIR),
        workflows_dir=env.directory(names.WORKFLOWS_DIR),
        max_concurrent_workflows=env.whole(names.MAX_CONCURRENT_WORKFLOWS, 100, low=1, high=100_000),
        agent_timeout=env.number(names.AGENT_TIMEOUT_SECONDS, 120, low=0.1, high=3600),
        rate_limiting=env.switch(names.RATE_LIMITING_ENABLED, default=True),
        monitoring=env.switch(names.MONITORING_ENABLED, default=True),
        api_key_rate=env.number(names.API_KEY_RATE, 50, low=0.1, high=100_000),
        api_key_burst=env.whole(names.API_KEY_BURST, 100, low=1, high=100_000),
        allowed_origins=_origins(env),
    )


def _url(env: Environment, name: str, *schemes: str) -> Callable[[], str]:
    return Mounted(env, name, lambda: _sound_url(env, name, *schemes))


def _sound_url(env: Environment, name: str, *schemes: str) -> str:
    text = env.file(name)
    try:
        parts = urlsplit(text)
        sound = parts.scheme in schemes and parts.hostname is not None and parts.port != 0
    except ValueError:
        sound = False
    if not sound:  # the value itself holds a password and is never shown
        raise BadEnvironmentError(name, f"points to a file without a {schemes[0]}:// URL", "write host, port and login")
    return text


def _signing_key(env: Environment) -> Ed25519PrivateKey:
    text = env.file(names.SIGNING_KEY_FILE)
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadEnvironmentError(names.SIGNING_KEY_FILE, "holds no Ed25519 key", "write one as unencrypted PKCS#8 PEM")
    return key


def _tokens(env: Environment) -> tuple[BootstrapToken, ...]:
    text = env.file(names.API_TOKEN_FILE)
    try:
        return read_tokens(text)
    except ValueError:
        raise BadEnvironmentError(
            names.API_TOKEN_FILE, "holds a weak or broken token", "use 20 or more ASCII letters"
        ) from None


def _endpoints(env: Environment) -> Path:
    try:
        endpoints = TypeAdapter(dict[str, str]).validate_json(env.file(names.AGENT_ENDPOINTS_FILE))
    except ValidationError:
        reason = "holds no JSON object of role ids and URLs"
        raise BadEnvironmentError(names.AGENT_ENDPOINTS_FILE, reason, "write one, or {} for no agent") from None
    for role, url in endpoints.items():
        if urlsplit(url).scheme not in ("http", "https"):
            reason = f"gives role {role} the URL {url!r}"
            raise BadEnvironmentError(names.AGENT_ENDPOINTS_FILE, reason, "start it with http:// or https://")
    return Path(env.text(names.AGENT_ENDPOINTS_FILE))


def _origins(env: Environment) -> frozenset[str]:
    origins = env.listed(names.ALLOWED_ORIGINS)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise BadEnvironmentError(
                names.ALLOWED_ORIGINS, f"lists {origin!r}", "write origins as https://host[:port]"
            )
    return frozenset(origin.lower() for origin in origins)
