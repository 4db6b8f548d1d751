"""The processes' environment: variables and mounted files that pod templates provide and the application reads.

Infrastructure writes these into pod templates; the application parses them; the process runner of
``make up`` replaces hosts, ports and paths in them. Variables that hold a path end in ``_FILE`` or ``_DIR``.
"""

from typing import Final

COMMAND: Final = ("python", "-m", "app")
"""Every container's command; its first argument is one of :data:`COMMANDS`."""
COMMANDS: Final = ("engine", "agent", "migrate")

# Both --------------------------------------------------------------------------------------------
BIND_HOST: Final = "BIND_HOST"
"""Address to listen on; ``0.0.0.0`` in a pod."""
ENVIRONMENT: Final = "ENVIRONMENT"
LOG_LEVEL: Final = "LOG_LEVEL"
REGION: Final = "REGION"
DEFAULT_LLM_MODEL: Final = "DEFAULT_LLM_MODEL"
LLM_PROVIDER_PREFERENCE: Final = "LLM_PROVIDER_PREFERENCE"
"""Comma-separated providers, the first is preferred: ``openai``, ``anthropic``, ``offline``."""
AGENT_TIMEOUT_SECONDS: Final = "AGENT_TIMEOUT_SECONDS"
"""Longest duration of one model turn, seconds."""

# Engine ------------------------------------------------------------------------------------------
HTTP_PORT: Final = "HTTP_PORT"
WEBSOCKET_PORT: Final = "WEBSOCKET_PORT"
MAX_CONCURRENT_WORKFLOWS: Final = "MAX_CONCURRENT_WORKFLOWS"
RATE_LIMITING_ENABLED: Final = "RATE_LIMITING_ENABLED"
MONITORING_ENABLED: Final = "MONITORING_ENABLED"
API_KEY_RATE: Final = "API_KEY_RATE"
"""Requests per second that one API key may make on average; optional."""
API_KEY_BURST: Final = "API_KEY_BURST"
"""Requests that one API key may make at once; optional."""
ALLOWED_ORIGINS: Final = "ALLOWED_ORIGINS"
"""Comma-separated origins whose pages may open a WebSocket, such as ``https://console.example.com``; optional."""
DATABASE_API_URL_FILE: Final = "DATABASE_API_URL_FILE"
DATABASE_WORKER_URL_FILE: Final = "DATABASE_WORKER_URL_FILE"
REDIS_URL_FILE: Final = "REDIS_URL_FILE"
SIGNING_KEY_FILE: Final = "SIGNING_KEY_FILE"
API_TOKEN_FILE: Final = "API_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""One token a line, each behind the number of its generation: what is accepted as bootstrap token."""
AGENT_ENDPOINTS_FILE: Final = "AGENT_ENDPOINTS_FILE"
"""JSON object: role id -> URL of its MCP endpoint."""
ROLES_DIR: Final = "ROLES_DIR"
"""Directory of every role's YAML."""
WORKFLOWS_DIR: Final = "WORKFLOWS_DIR"
"""Directory of the workflow templates' YAML."""

# Migration ---------------------------------------------------------------------------------------
DATABASE_URL_FILE: Final = "DATABASE_URL_FILE"

# Agent -------------------------------------------------------------------------------------------
ROLE_ID: Final = "ROLE_ID"
MCP_PORT: Final = "MCP_PORT"
LLM_MODEL: Final = "LLM_MODEL"
ROLE_FILE: Final = "ROLE_FILE"
VERIFY_KEY_FILE: Final = "VERIFY_KEY_FILE"
"""Engine's public keys of three generations, PEM; the agent holds no other key of the engine."""
MCP_ALLOWED_HOSTS: Final = "MCP_ALLOWED_HOSTS"
"""Comma-separated Host headers to accept beside the Service and loopback; ``name:*`` is any port."""
OPENAI_BASE_URL: Final = "OPENAI_BASE_URL"
ANTHROPIC_BASE_URL: Final = "ANTHROPIC_BASE_URL"
"""Another endpoint that speaks the provider's API, as a proxy. Optional."""
OFFLINE_LATENCY_SECONDS: Final = "OFFLINE_LATENCY_SECONDS"
"""How long each answer of provider ``offline`` takes; optional, 0 where it is not set."""
OPENAI_API_KEY_FILE: Final = "OPENAI_API_KEY_FILE"
ANTHROPIC_API_KEY_FILE: Final = "ANTHROPIC_API_KEY_FILE"

MOUNT: Final = {
    ROLES_DIR: "/app/config/roles",
    WORKFLOWS_DIR: "/app/config/workflows",
    ROLE_FILE: "/app/config/role.yaml",
    AGENT_ENDPOINTS_FILE: "/app/config/endpoints/agents.json",
    DATABASE_URL_FILE: "/app/secrets/database/connection-string",
    DATABASE_API_URL_FILE: "/app/secrets/database-api/connection-string",
    DATABASE_WORKER_URL_FILE: "/app/secrets/database-worker/connection-string",
    REDIS_URL_FILE: "/app/secrets/cache/url",
    SIGNING_KEY_FILE: "/app/secrets/signing-key/private.pem",
    API_TOKEN_FILE: "/app/secrets/api-token/accepted",
    VERIFY_KEY_FILE: "/app/keys/public.pem",
    OPENAI_API_KEY_FILE: "/app/secrets/llm/openai-api-key",
    ANTHROPIC_API_KEY_FILE: "/app/secrets/llm/anthropic-api-key",
}
"""Where each file or directory is mounted in a pod."""
