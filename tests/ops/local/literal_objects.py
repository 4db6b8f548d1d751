"""Literal objects that tests translate: small, but of every kind that the platform uses."""

from typing import Any

from contract.names import Namespace
from ops.local.objects import Objects, config_map_data, key, secret_data, workload
from ops.local.replacement import ANY_ADDRESS


def deployment(namespace: str, name: str, container: dict[str, Any], **pod: Any) -> dict[str, Any]:
    labels = {"app": name}
    spec = {"containers": [{"name": "main", "image": "mcp-platform/platform:local", **container}], **pod}
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }


def service(namespace: str, name: str, app: str, *ports: tuple[int, int | str]) -> dict[str, Any]:
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"selector": {"app": app}, "ports": [{"port": port, "targetPort": target} for port, target in ports]},
    }


def config_map(namespace: str, name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name}, "data": data}


def engine(**container: Any) -> dict[str, Any]:
    whole = {
        "command": ["python", "-m", "app"],
        "args": ["engine"],
        "ports": [{"name": "http", "containerPort": 8000}, {"name": "websocket", "containerPort": 8001}],
        **container,
    }
    pod = {"volumes": whole.pop("volumes", []), "terminationGracePeriodSeconds": 150}
    return deployment(Namespace.ORCHESTRATION, "orchestration-engine", whole, **pod)


def agent(role: str) -> dict[str, Any]:
    container = {
        "command": ["python", "-m", "app"],
        "args": ["agent"],
        "ports": [{"name": "mcp-port", "containerPort": 3001}],
        "env": [{"name": "MCP_PORT", "value": "3001"}, {"name": "BIND_HOST", "value": ANY_ADDRESS}],
    }
    return deployment(Namespace.AGENTS, f"{role}-agent", container)


CLUSTER = {
    "metadata": {"namespace": Namespace.DATABASE.value, "name": "postgresql-cluster"},
    "spec": {
        "instances": 1,
        "postgresql": {"parameters": {"max_connections": "50", "archive_mode": "on", "shared_buffers": "32MB"}},
        "bootstrap": {"initdb": {"database": "app_data", "owner": "owner", "secret": {"name": "owner-login"}}},
        "managed": {
            "roles": [
                {"name": "api", "ensure": "present", "login": True, "passwordSecret": {"name": "api-login"}},
                {
                    "name": "backup",
                    "login": True,
                    "inherit": False,
                    "bypassrls": True,
                    "inRoles": ["pg_read_all_data"],
                    "passwordSecret": {"name": "api-login"},
                },
                {"name": "gone", "ensure": "absent"},
            ],
            "services": {
                "additional": [
                    {"selectorType": "rw", "serviceTemplate": {"metadata": {"name": "postgresql-cluster"}}},
                ]
            },
        },
    },
}


def objects(
    *deployments: dict[str, Any],
    services: tuple[dict[str, Any], ...] = (),
    config_maps: tuple[dict[str, Any], ...] = (),
    secrets: tuple[dict[str, Any], ...] = (),
) -> Objects:
    return Objects(
        workloads=[workload("Deployment", each) for each in deployments],
        services=list(services),
        clusters=[CLUSTER],
        config_maps={key(each): config_map_data(each) for each in config_maps},
        secrets={key(each): secret_data(each) for each in secrets},
    )
