"""Names and ports of the platform's objects, as the specification gives them.

Infrastructure creates these objects, the application reads the files and variables they carry,
and operators find them again: each name is said once, here.
"""

from enum import StrEnum


class Namespace(StrEnum):
    """The seven namespaces of a region (seed: "Namespace Configuration" and the systems' own manifests)."""

    ORCHESTRATION = "mcp-orchestration"
    AGENTS = "mcp-agents"
    DATABASE = "database"
    CACHE = "cache"
    INGRESS = "ingress-nginx"
    MONITORING = "monitoring"
    LOGGING = "logging"


class OperatorNamespace(StrEnum):
    """Namespaces of operators that a stack installs; those of the cluster's own may be others."""

    CERT_MANAGER = "cert-manager"
    CLOUDNATIVE_PG = "cnpg-system"
    KEDA = "keda"
    ELASTIC = "elastic-system"


class Priority(StrEnum):
    """Priority classes, highest first; their values are the infrastructure's."""

    DATA = "mcp-data"
    SERVING = "mcp-serving"
    OBSERVING = "mcp-observing"
    BACKGROUND = "mcp-background"


class Port:
    """TCP ports. Every agent listens on the same one."""

    HTTP = 8000
    WEBSOCKET = 8001
    AGENT = 3001
    DATABASE = 5432
    DATABASE_METRICS = 9187
    DATABASE_STATUS = 8000
    """Of CloudNativePG's instance manager: the operator and the other instances ask it."""
    CACHE = 6379
    CACHE_SENTINEL = 26379
    CACHE_METRICS = 9121
    CACHE_PROXY_METRICS = 8404
    ELASTICSEARCH = 9200
    ELASTICSEARCH_TRANSPORT = 9300
    KIBANA = 5601
    FLUENTD_METRICS = 24231


ENGINE = "orchestration-engine"
ENGINE_SERVICE = "orchestration-engine-service"
ENGINE_AUTOSCALER = "orchestration-engine-hpa"
MIGRATION_JOB = "database-migration"

DATABASE_CLUSTER = "postgresql-cluster"
DATABASE_NAME = "mcp_orchestration"
OBJECT_STORE = "postgresql-archive"
SCHEDULED_BACKUP = "postgresql-base-backup"
DATABASE_BACKUP = "postgresql-backup"
CONFIG_BACKUP = "config-backup"
CACHE = "redis-cluster"
INGRESS = "mcp-orchestration-ingress"
IMAGE = "mcp-platform/platform"

ELASTICSEARCH = "elasticsearch"
"""The cluster, and the Service by which the specification calls it."""
KIBANA = "kibana"
FLUENTD = "fluentd"
LOG_STREAM = "mcp-logs"
"""Data stream of every log line; also the name of its lifecycle policy and of its template."""
LOG_BOOTSTRAP_JOB = "log-bootstrap"


class ConfigMapName:
    """ConfigMaps of the seed and the few that carry mounted files."""

    GLOBAL = "mcp-global-config"
    REGION = "region-config"
    ROLES = "agent-role-configs"
    WORKFLOWS = "workflow-templates"
    ENDPOINTS = "agent-endpoints"
    ENGINE_PUBLIC_KEY = "engine-public-key"
    FLUENTD = "fluentd-config"
    """Key ``fluent.conf``."""
    LOG_STORE = "log-store"
    """Key ``desired.json``: what the log store is to have, see :mod:`ops.log_store`."""


class SecretName:
    """Secrets. Each key of a Secret becomes a file; nothing secret is an environment variable."""

    DATABASE_OWNER = "database-secrets"
    """Keys: username, password, connection-string. Login ``mcp_user``; only migrations use it."""
    DATABASE_API = "database-api"
    DATABASE_WORKER = "database-worker"
    DATABASE_BACKUP = "database-backup"
    POSTGRES_OWNER = "postgresql-credentials"
    """Same login in namespace ``database``, in the form CloudNativePG wants (username, password)."""
    CACHE = "cache-credentials"
    """Keys: password, and url for clients; in namespace ``cache`` a file for each process instead of the url."""
    SIGNING_KEY = "engine-signing-key"
    """Key: private.pem (Ed25519, PKCS#8)."""
    API_TOKEN = "api-bootstrap-token"  # noqa: S105 - the name of an object
    """Keys: token, the first API key of tenant ``default``; accepted, what the engine takes for it."""
    LLM = "llm-secrets"
    """Keys: openai-api-key, anthropic-api-key; either may be missing. Only in ``mcp-agents``."""
    LOG_ROLES = "elasticsearch-roles"
    """Key: roles.yml."""
    LOG_WRITER = "elasticsearch-fluentd-writer"
    """Keys: username, password, roles, in the form ECK wants; so are the next two."""
    LOG_READER = "elasticsearch-kibana-reader"
    LOG_BOOTSTRAP = "elasticsearch-log-bootstrap"
    LOG_AUTHORITY = "elasticsearch-es-http-certs-public"
    """Key: ca.crt. Made by ECK for the cluster's HTTP layer."""
    BACKUP_STORE = "aws-backup-credentials"
    """Keys: access-key-id, secret-access-key. Only for a store that knows no cloud identity."""
    LOG_FORWARD = "log-forward"
    """Key: password. Of the dedicated monitoring stack's log store."""


class DatabaseLogin(StrEnum):
    """The four database logins (design: "one database user")."""

    OWNER = "mcp_user"
    API = "api"
    WORKER = "worker"
    BACKUP = "backup"


def slug(role_id: str) -> str:
    """``business_analyst`` -> ``business-analyst``, the form object names need."""
    return role_id.replace("_", "-")


def agent_deployment(role_id: str) -> str:
    """Deployment and ``app`` label of a role's agent."""
    return f"{slug(role_id)}-agent"


def agent_service(role_id: str) -> str:
    """Service of a role's agent."""
    return f"{slug(role_id)}-service"


def agent_autoscaler(role_id: str) -> str:
    """HPA that KEDA makes for a role's agent."""
    return f"{slug(role_id)}-hpa"


def service_host(service: str, namespace: str) -> str:
    """Cluster-internal DNS name of a Service."""
    return f"{service}.{namespace}.svc.cluster.local"
