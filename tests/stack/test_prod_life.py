"""A simulated ``prod`` from nothing to nothing: real engine, real API server with the operators' definitions, no node.

Charts are recorded, not installed, and nothing is waited for, since nothing runs. The tests are the stations of one
life, in this order.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.names import Namespace
from ops.controlplane.api import Api
from tests.stack.project import REPOSITORY, Project, Result

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

STACK = "prod"
ANOTHER = "mcp-platform/platform@sha256:" + "1" * 64
SHARED_BY_ROLES = {
    "mcp-agents-agent-role-configs",
    "mcp-orchestration-agent-role-configs",
    "mcp-orchestration-agent-endpoints",
}
"""What one more role changes beside its own objects, and beside what observes it."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings of this life, with a directory of roles of its own."""
    roles = tmp_path_factory.mktemp("catalogue") / "roles"
    shutil.copytree(REPOSITORY / "roles", roles)
    return Project.settings(STACK) | {"waiting": "off", "protection": "off", "rolesDirectory": str(roles)}


@pytest.fixture(scope="module")
def refusing(cluster: Api) -> Iterator[None]:
    """The API server refuses every Elasticsearch for as long as :func:`relent` is not called."""
    for each in refusal():
        cluster.apply(each, "test")
    yield
    relent(cluster)


def refusal() -> list[dict[str, Any]]:
    group = "admissionregistration.k8s.io/v1"
    metadata = {"name": "no-elasticsearch"}
    rule = {
        "apiGroups": ["elasticsearch.k8s.elastic.co"],
        "apiVersions": ["*"],
        "operations": ["CREATE"],
        "resources": ["elasticsearches"],
    }
    policy = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "false", "message": "the test refuses it"}],
    }
    binding = {"policyName": "no-elasticsearch", "validationActions": ["Deny"]}
    return [
        {"apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": metadata, "spec": policy},
        {"apiVersion": group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": metadata, "spec": binding},
    ]


def relent(cluster: Api) -> None:
    for each in reversed(refusal()):
        cluster.delete(each["apiVersion"], each["kind"], each["metadata"]["name"], None)


@pytest.fixture(scope="module")
def first(project: Project, settings: dict[str, Any], refusing: None) -> Iterator[Result]:
    """The first `up`, in which one component fails; whatever happens, nothing is left in the end."""
    project.init(STACK)
    project.configure(STACK, settings)
    yield project.up(STACK, "--continue-on-error")
    if project.resources(STACK):
        project.configure(STACK, settings)
        project.up(STACK)
        project.destroy(STACK)


def apply(project: Project, settings: dict[str, Any]) -> Result:
    project.configure(STACK, settings)
    result = project.up(STACK)
    assert result.code == 0, result.output
    return result


def changed(result: Result) -> set[str]:
    return {name for names in result.operations.values() for name in names}


def names(project: Project) -> set[str]:
    return {each["urn"].rsplit("::", 1)[1] for each in project.resources(STACK)}


def running(project: Project, image: str) -> set[str]:
    """Names of resources whose inputs name ``image``."""
    return {
        each["urn"].rsplit("::", 1)[1]
        for each in project.resources(STACK)
        if "inputs" in each and f"'{image}'" in repr(each["inputs"])
    }


def test_a_failing_component_stops_only_what_depends_on_it(first: Result, project: Project, cluster: Api) -> None:
    assert first.code != 0
    assert "the test refuses it" in first.output
    made = names(project)
    assert {"orchestration-engine", "mcp-orchestration-ingress", "postgresql-cluster"} <= made
    assert "elasticsearch" not in made
    assert cluster.get("apps/v1", "Deployment", "orchestration-engine", "mcp-orchestration")


def test_the_next_up_makes_what_was_missing_and_nothing_else(project: Project, cluster: Api) -> None:
    before = names(project)
    relent(cluster)
    result = project.up(STACK)
    assert result.code == 0, result.output
    assert result.operations.keys() == {"create"}
    assert "elasticsearch" in result.operations["create"]
    assert not before & set(result.operations["create"])


def test_a_second_up_changes_nothing(project: Project) -> None:
    assert project.up(STACK, "--expect-no-changes").operations == {}


def test_another_image_changes_what_runs_it_and_nothing_else(project: Project, settings: dict[str, Any]) -> None:
    expected = running(project, settings["image"])
    assert {"orchestration-engine", "database-migration", "developer-agent"} <= expected
    settings["image"] = ANOTHER
    assert changed(apply(project, settings)) == expected
    assert running(project, ANOTHER) == expected


def test_one_more_role_file_changes_only_what_is_about_it(project: Project, settings: dict[str, Any]) -> None:
    roles = Path(settings["rolesDirectory"])
    text = (roles / "developer.yaml").read_text(encoding="utf-8")
    (roles / "data_engineer.yaml").write_text(text.replace("id: developer", "id: data_engineer"), encoding="utf-8")
    result = apply(project, settings)
    assert result.operations.keys() == {"create", "update"}
    assert "data-engineer-agent" in result.operations["create"]
    assert all(name.startswith("data-engineer") for name in result.operations["create"])
    assert set(result.operations["update"]) >= SHARED_BY_ROLES


@pytest.mark.parametrize("component", ["monitoring", "logging", "backup"])
def test_one_component_less_takes_nothing_else_along(
    project: Project, settings: dict[str, Any], component: str, cluster: Api
) -> None:
    before = names(project)
    result = apply(project, settings | {component: settings.get(component, {}) | {"enabled": "off"}})
    assert component in result.operations["delete"]
    assert not {"orchestration-engine", "postgresql-cluster", "redis-cluster"} & set(result.operations["delete"])
    assert "replace" not in result.operations
    assert names(project) < before
    restored = apply(project, settings)
    assert names(project) == before
    assert set(restored.operations.get("create", ())) == set(result.operations["delete"])


def test_destroy_leaves_nothing(project: Project, cluster: Api) -> None:
    result = project.destroy(STACK)
    assert result.code == 0, result.output
    assert project.resources(STACK) == []
    left = {namespace["metadata"]["name"] for namespace in cluster.list("v1", "Namespace")}
    assert not left & {namespace.value for namespace in Namespace}
