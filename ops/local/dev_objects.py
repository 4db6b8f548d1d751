"""The objects of `make dev`: variables and files of :mod:`contract.environment`, without a stack that makes them."""

import json
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from contract import environment as env
from contract import names
from contract.names import DatabaseLogin, Namespace, Port
from contract.role import parse_role
from ops.controlplane.api import Json
from ops.local.objects import Objects, Workload
from ops.local.replacement import ANY_ADDRESS
from ops.local.state import ROOT

SETTINGS: Final = {
    env.ENVIRONMENT: "local",
    env.LOG_LEVEL: "INFO",
    env.REGION: "local",
    env.DEFAULT_LLM_MODEL: "offline",
    env.LLM_PROVIDER_PREFERENCE: "offline",
    env.AGENT_TIMEOUT_SECONDS: "120",
    env.MAX_CONCURRENT_WORKFLOWS: "100",
    env.RATE_LIMITING_ENABLED: "false",
    env.MONITORING_ENABLED: "true",
    env.BIND_HOST: ANY_ADDRESS,
}
ENGINE_FILES: Final = (
    *(env.DATABASE_API_URL_FILE, env.DATABASE_WORKER_URL_FILE, env.REDIS_URL_FILE, env.SIGNING_KEY_FILE),
    *(env.API_TOKEN_FILE, env.AGENT_ENDPOINTS_FILE, env.ROLES_DIR, env.WORKFLOWS_DIR),
)
LOGINS: Final = {
    "database": DatabaseLogin.OWNER,
    "database-api": DatabaseLogin.API,
    "database-worker": DatabaseLogin.WORKER,
}


def dev_objects(password: str) -> Objects:
    """Engine, agents, cache, migration, database; ``password`` is that of everything. Raises ``ContractError``."""
    roles = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "roles").glob("*.yaml"))}
    ids = [parse_role(text, name).id for name, text in roles.items()]
    key = Ed25519PrivateKey.from_private_bytes(password.encode()[:32])
    objects = Objects(clusters=[_cluster()])
    _files(objects, Namespace.ORCHESTRATION, "roles", roles)
    workflows = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "roles/workflows").glob("*.yaml")}
    _files(objects, Namespace.ORCHESTRATION, "workflows", workflows)
    hosts = {role: names.service_host(names.agent_service(role), Namespace.AGENTS) for role in ids}
    endpoints = {role: f"http://{host}:{Port.AGENT}/mcp" for role, host in hosts.items()}
    _files(objects, Namespace.ORCHESTRATION, "endpoints", {"agents.json": json.dumps(endpoints)})
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    _files(objects, Namespace.ORCHESTRATION, "signing-key", {"private.pem": private})
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    _files(objects, Namespace.AGENTS, "keys", {"public.pem": public})
    objects.secrets[Namespace.ORCHESTRATION, names.SecretName.API_TOKEN] = {"token": password.encode()}
    objects.secrets[Namespace.DATABASE, "login"] = {"password": password.encode()}
    _files(objects, Namespace.ORCHESTRATION, "api-token", {"accepted": password})
    for name, login in LOGINS.items():
        host = names.service_host(names.DATABASE_CLUSTER, Namespace.DATABASE)
        url = f"postgresql://{login}:{password}@{host}:{Port.DATABASE}/{names.DATABASE_NAME}?sslmode=disable"
        _files(objects, Namespace.ORCHESTRATION, name, {"connection-string": url})
    cache = names.service_host(names.CACHE, Namespace.CACHE)
    _files(objects, Namespace.ORCHESTRATION, "cache", {"url": f"redis://{cache}:{Port.CACHE}/0"})
    objects.workloads = [_engine(), _cache(), *(_agent(objects, role, roles[f"{role}.yaml"]) for role in ids)]
    objects.jobs = [_migration()]
    objects.services = [
        _service(Namespace.CACHE, names.CACHE, names.CACHE, Port.CACHE),
        *(
            _service(Namespace.AGENTS, names.agent_service(role), names.agent_deployment(role), Port.AGENT)
            for role in ids
        ),
    ]
    return objects


def _engine() -> Workload:
    mounts = {
        "roles": env.MOUNT[env.ROLES_DIR],
        "workflows": env.MOUNT[env.WORKFLOWS_DIR],
        "endpoints": "/app/config/endpoints",
        "database-api": "/app/secrets/database-api",
        "database-worker": "/app/secrets/database-worker",
        "cache": "/app/secrets/cache",
        "signing-key": "/app/secrets/signing-key",
        "api-token": "/app/secrets/api-token",
    }
    variables = {env.HTTP_PORT: str(Port.HTTP), env.WEBSOCKET_PORT: str(Port.WEBSOCKET)}
    files = {name: env.MOUNT[name] for name in ENGINE_FILES}
    ports = {"http": Port.HTTP, "websocket": Port.WEBSOCKET}
    return _ours(Namespace.ORCHESTRATION, names.ENGINE, "engine", variables | files, mounts, ports)


def _agent(objects: Objects, role: str, text: str) -> Workload:
    _files(objects, Namespace.AGENTS, role, {"role.yaml": text})
    variables = {
        env.ROLE_ID: role,
        env.MCP_PORT: str(Port.AGENT),
        env.LLM_MODEL: "offline",
        env.ROLE_FILE: env.MOUNT[env.ROLE_FILE],
        env.VERIFY_KEY_FILE: env.MOUNT[env.VERIFY_KEY_FILE],
    }
    mounts = {role: "/app/config", "keys": "/app/keys"}
    return _ours(Namespace.AGENTS, names.agent_deployment(role), "agent", variables, mounts, {"mcp-port": Port.AGENT})


def _migration() -> Workload:
    variables = {env.DATABASE_URL_FILE: env.MOUNT[env.DATABASE_URL_FILE]}
    mounts = {"database": "/app/secrets/database"}
    return _ours(Namespace.ORCHESTRATION, names.MIGRATION_JOB, "migrate", variables, mounts, {})


def _ours(
    namespace: str, name: str, command: str, variables: dict[str, str], mounts: dict[str, str], ports: dict[str, int]
) -> Workload:
    container: Json = {
        "name": name,
        "command": list(env.COMMAND),
        "args": [command],
        "env": [{"name": variable, "value": value} for variable, value in (SETTINGS | variables).items()],
        "ports": [{"name": port, "containerPort": number} for port, number in ports.items()],
        "volumeMounts": [{"name": volume, "mountPath": path} for volume, path in mounts.items()],
    }
    if ports:
        first = next(iter(ports.values()))
        container["readinessProbe"] = {"httpGet": {"path": "/ready", "port": first}, "timeoutSeconds": 5}
        container["livenessProbe"] = {"httpGet": {"path": "/health", "port": first}, "initialDelaySeconds": 30}
    pod = {"containers": [container], "volumes": [{"name": name, "configMap": {"name": name}} for name in mounts]}
    return Workload("Development", namespace, name, {"metadata": {"labels": {"app": name}}, "spec": pod}, 60, 2)


def _cache() -> Workload:
    container: Json = {
        "name": "redis",
        "command": ["valkey-server"],
        "args": ["--save", "", "--appendonly", "no"],
        "ports": [{"name": "redis", "containerPort": Port.CACHE}],
        "readinessProbe": {"tcpSocket": {"port": Port.CACHE}},
    }
    template = {"metadata": {"labels": {"app": names.CACHE}}, "spec": {"containers": [container]}}
    return Workload("Development", Namespace.CACHE, names.CACHE, template)


def _cluster() -> Json:
    logins = [
        {"name": DatabaseLogin.API, "login": True, "passwordSecret": {"name": "login"}},
        {"name": DatabaseLogin.WORKER, "login": True, "inherit": False, "passwordSecret": {"name": "login"}},
    ]
    initdb = {"database": names.DATABASE_NAME, "owner": DatabaseLogin.OWNER, "secret": {"name": "login"}}
    services = [{"serviceTemplate": {"metadata": {"name": names.DATABASE_CLUSTER}}}]
    return {
        "metadata": {"namespace": Namespace.DATABASE, "name": names.DATABASE_CLUSTER},
        "spec": {"bootstrap": {"initdb": initdb}, "managed": {"roles": logins, "services": {"additional": services}}},
    }


def _files(objects: Objects, namespace: str, name: str, files: dict[str, str]) -> None:
    objects.config_maps[namespace, name] = {file: text.encode() for file, text in files.items()}


def _service(namespace: str, name: str, app: str, port: int) -> Json:
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"selector": {"app": app}, "ports": [{"port": port, "targetPort": port}]},
    }
