"""Secrets are files of the containers that need them, and nowhere else on the machine."""

import base64
import stat

import pytest

from contract import environment as env
from contract.names import ENGINE, Namespace
from ops.controlplane.api import Api
from tests.node.containers import main_process, processes

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

SHORTEST = 8
"""Characters; shorter values, such as user names, are no secrets."""


def secret_values(cluster: Api) -> dict[str, str]:
    """Value -> where it is from, of every Secret of the platform."""
    found: dict[str, str] = {}
    for namespace in Namespace:
        for secret in cluster.list("v1", "Secret", namespace):
            for key, encoded in (secret.get("data") or {}).items():
                value = base64.b64decode(encoded).decode(errors="replace").strip()
                if len(value) >= SHORTEST and key != "username":
                    found[value] = f"{namespace}/{secret['metadata']['name']}/{key}"
    assert len(found) > 10
    return found


def test_no_secret_is_in_the_environment_or_the_command_line_of_any_container(cluster: Api) -> None:
    values = secret_values(cluster)
    tried = 0
    for namespace in (Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.DATABASE, Namespace.CACHE):
        for pod in cluster.list("v1", "Pod", namespace):
            for process in processes(pod):
                tried += 1
                for value, where in values.items():
                    assert value not in process.environment, f"{where} is in the environment of {process.command}"
                    assert value not in process.command, f"{where} is in the process list"
    assert tried >= 10


def test_no_secret_is_in_a_log(cluster: Api) -> None:
    values = secret_values(cluster)
    for namespace in (Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.CACHE):
        for pod in cluster.list("v1", "Pod", namespace):
            path = f"{cluster.kind('v1', 'Pod').path(namespace, pod['metadata']['name'])}/log"
            for container in pod["spec"]["containers"]:
                log = cluster.text(path, {"container": container["name"]})
                for value, where in values.items():
                    assert value not in log, f"{where} is in the log of {pod['metadata']['name']}/{container['name']}"


def test_the_engines_secrets_are_files_for_its_group_alone(cluster: Api) -> None:
    pods = cluster.list("v1", "Pod", Namespace.ORCHESTRATION, f"app={ENGINE}")
    assert pods
    for pod in pods:
        process = main_process(pod, "python -m app engine")
        for variable in (env.DATABASE_API_URL_FILE, env.SIGNING_KEY_FILE, env.API_TOKEN_FILE, env.REDIS_URL_FILE):
            path = process.path(env.MOUNT[variable])
            content = path.read_text(encoding="utf-8").strip()
            assert content in secret_values(cluster)
            status = path.stat()
            assert stat.S_IMODE(status.st_mode) == 0o440
            assert status.st_gid == 1000


def test_an_agent_holds_no_key_of_the_engine_but_the_public_one(cluster: Api) -> None:
    for pod in cluster.list("v1", "Pod", Namespace.AGENTS):
        process = main_process(pod, "python -m app agent")
        assert "BEGIN PUBLIC KEY" in process.path(env.MOUNT[env.VERIFY_KEY_FILE]).read_text(encoding="ascii")
        assert not process.path("/app/secrets/signing-key").exists()
        assert not process.path("/app/secrets/database-api").exists()
