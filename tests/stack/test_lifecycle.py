"""Stack ``local`` from nothing to nothing. The tests are the stations of one life, in this order."""

import base64
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.names import Namespace
from ops.controlplane.api import Api
from tests.stack.project import REPOSITORY, Project, Result, kinds

pytestmark = pytest.mark.stack

STACK = "local"
API_KEY = "sk-of-the-operator"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings of this life: protected at first, with a directory of roles of its own."""
    roles = tmp_path_factory.mktemp("catalogue") / "roles"
    shutil.copytree(REPOSITORY / "roles", roles)
    return Project.settings(STACK) | {"protection": "on", "rolesDirectory": str(roles)}


@pytest.fixture(scope="module")
def first(project: Project, settings: dict[str, Any]) -> Iterator[Result]:
    """The first `up`; whatever happens, nothing is left on the API server in the end."""
    project.init(STACK)
    project.configure(STACK, settings)
    project.seal(STACK, "anthropicApiKey", API_KEY)
    yield project.up(STACK)
    if project.resources(STACK):
        project.configure(STACK, settings | {"protection": "off"})
        project.up(STACK)
        project.destroy(STACK)


@pytest.fixture(autouse=True)
def _is_up(first: Result) -> None:
    assert first.code == 0, first.output


def apply(project: Project, settings: dict[str, Any]) -> Result:
    project.configure(STACK, settings)
    result = project.up(STACK)
    assert result.code == 0, result.output
    return result


def image_of(workload: dict[str, Any]) -> str:
    return workload["spec"]["template"]["spec"]["containers"][0]["image"]


def test_the_first_up_makes_everything(first: Result, project: Project) -> None:
    assert first.counts().keys() == {"create"}
    made = kinds(project.resources(STACK))
    assert made["Namespace"] == len(Namespace)
    assert made["Deployment"] == 1 + len(list((REPOSITORY / "roles").glob("*.yaml")))


def test_no_default_provider_is_used(project: Project) -> None:
    providers = [each["urn"].rsplit("::", 1)[1] for each in project.resources(STACK) if "providers" in each["type"]]
    assert sorted(providers) == ["kubernetes", "random"]


def test_outputs_name_what_operators_need_and_no_secret(project: Project) -> None:
    outputs = project.outputs(STACK)
    assert outputs["contract_version"] == 1
    assert set(outputs["namespaces"]) == {namespace.value for namespace in Namespace}
    assert outputs["secrets"]["api_token"] == {
        "namespace": "mcp-orchestration",
        "name": "api-bootstrap-token",
        "key": "token",
    }
    assert outputs["services"]["database_read_replica"] == "postgresql-read-replica-local.database.svc.cluster.local"


def test_no_secret_is_in_the_state(project: Project, cluster: Api) -> None:
    state = project.state(STACK)
    found = 0
    for namespace in Namespace:
        for secret in cluster.list("v1", "Secret", namespace):
            for key, encoded in (secret.get("data") or {}).items():
                value = base64.b64decode(encoded).decode()
                if key in ("username", "roles"):
                    continue
                found += 1
                assert encoded not in state, f"{namespace}/{secret['metadata']['name']}/{key}"
                assert json.dumps(value)[1:-1] not in state, f"{namespace}/{secret['metadata']['name']}/{key}"
    assert found > 10
    assert API_KEY not in state
    assert not re.search(r"BEGIN PRIVATE KEY", state)


@pytest.mark.parametrize("kind", ["apps/v1/Deployment", "apps/v1/StatefulSet", "batch/v1/Job"])
def test_pods_pass_admission_and_quota(cluster: Api, kind: str) -> None:
    version, _, name = kind.rpartition("/")
    for namespace in (Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.CACHE):
        for workload in cluster.list(version, name, namespace):
            template = workload["spec"]["template"]
            pod = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "tried", "namespace": namespace, "labels": template["metadata"]["labels"]},
                "spec": template["spec"],
            }
            made = cluster.request("POST", cluster.kind("v1", "Pod").path(namespace), pod, {"dryRun": "All"})
            assert made["metadata"]["name"] == "tried"


def test_a_configured_secret_reaches_the_agents(cluster: Api) -> None:
    secret = cluster.get("v1", "Secret", "llm-secrets", "mcp-agents")
    assert secret is not None
    assert {key: base64.b64decode(value).decode() for key, value in secret["data"].items()} == {
        "anthropic-api-key": API_KEY
    }


def test_the_engine_is_made_after_the_migration(first: Result) -> None:
    order = first.operations["create"]
    assert order.index("postgresql-cluster") < order.index("database-migration") < order.index("orchestration-engine")


def test_a_second_up_changes_nothing(project: Project) -> None:
    assert project.up(STACK, "--expect-no-changes").operations == {}


def test_destroy_refuses_before_it_deletes_anything(project: Project, cluster: Api) -> None:
    refused = project.destroy(STACK)
    assert refused.code != 0
    assert "cannot be deleted" in refused.output
    assert "protected" in refused.output
    assert refused.operations == {"delete": ["protection"]}
    assert cluster.get("networking.k8s.io/v1", "Ingress", "mcp-orchestration-ingress-api", "mcp-orchestration")


def test_a_changed_setting_changes_what_reads_it_and_nothing_else(
    project: Project, settings: dict[str, Any], cluster: Api
) -> None:
    settings |= {"protection": "off", "limits": {"maxConcurrentWorkflows": 7}}
    changed = apply(project, settings)
    roles = len(list(Path(settings["rolesDirectory"]).glob("*.yaml")))
    assert changed.operations.keys() == {"update"}
    assert "mcp-orchestration-mcp-global-config" in changed.operations["update"]
    assert "orchestration-engine" in changed.operations["update"]
    others = set(changed.operations["update"]) - {each for each in changed.operations["update"] if "-agent" in each}
    assert others == {
        "mcp-orchestration-mcp-global-config",
        "orchestration-engine",
        "mcp-workflows",  # alerts when all slots are taken, so it has the number
        "elasticsearch",  # keeps its volumes while protection is on
    }
    assert len(changed.operations["update"]) == len(others) + roles
    config = cluster.get("v1", "ConfigMap", "mcp-global-config", "mcp-orchestration")
    assert config is not None
    assert config["data"]["MAX_CONCURRENT_WORKFLOWS"] == "7"


def test_one_more_role_file_is_one_more_agent_and_nothing_else(project: Project, settings: dict[str, Any]) -> None:
    roles = Path(settings["rolesDirectory"])
    text = (roles / "developer.yaml").read_text(encoding="utf-8")
    (roles / "data_engineer.yaml").write_text(text.replace("id: developer", "id: data_engineer"), encoding="utf-8")
    changed = apply(project, settings)
    assert set(changed.operations["create"]) == {
        "data-engineer-agent",
        "data-engineer-agent-scaling",
        "data-engineer-vpa",
        "data-engineer-service",
        "data-engineer-netpol",
    }
    assert set(changed.operations["update"]) == {
        "mcp-agents-agent-role-configs",
        "mcp-orchestration-agent-role-configs",
        "mcp-orchestration-agent-endpoints",
        "mcp-agents",  # the dashboard
        "monitoring-mcp-agents",  # what is scraped
    }
    assert changed.operations.keys() == {"create", "update"}


def test_another_image_runs_another_migration_before_the_engine_rolls(
    project: Project, settings: dict[str, Any], cluster: Api
) -> None:
    settings |= {"image": "mcp-platform/platform:another"}
    changed = apply(project, settings)
    started = [name for names in changed.operations.values() for name in names]
    assert "database-migration" in started
    jobs = cluster.list("batch/v1", "Job", "mcp-orchestration")
    assert [image_of(job) for job in jobs] == ["mcp-platform/platform:another"]
    engine = cluster.get("apps/v1", "Deployment", "orchestration-engine", "mcp-orchestration")
    assert engine is not None
    assert image_of(engine) == "mcp-platform/platform:another"


def test_destroy_leaves_nothing(project: Project, cluster: Api) -> None:
    result = project.destroy(STACK)
    assert result.code == 0, result.output
    assert project.resources(STACK) == []
    left = {namespace["metadata"]["name"] for namespace in cluster.list("v1", "Namespace")}
    assert not left & {namespace.value for namespace in Namespace}
    assert cluster.list("cert-manager.io/v1", "ClusterIssuer") == []
