"""What exists already, or was changed by hand, is refused; with ``adopt`` on it becomes the stack's."""

from collections.abc import Iterator
from typing import Any

import pytest

from contract.names import ENGINE, ENGINE_SERVICE, Namespace
from ops.controlplane.api import MERGE, Api
from tests.stack.project import Project

pytestmark = pytest.mark.stack

STACK = "local"


@pytest.fixture(scope="module")
def adopting(project: Project) -> dict[str, Any]:
    """Settings of a stack that takes over."""
    settings = project.settings(STACK)
    settings["cluster"]["existing"]["adopt"] = "on"
    return settings


@pytest.fixture(scope="module", autouse=True)
def _is_destroyed(project: Project) -> Iterator[None]:
    yield
    project.destroy(STACK)


def test_a_namespace_that_is_there_is_refused_and_adopted_when_asked(
    project: Project, adopting: dict[str, Any], cluster: Api
) -> None:
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": Namespace.CACHE}}, "somebody")
    project.init(STACK)
    project.configure(STACK, project.settings(STACK))
    refused = project.up(STACK)
    assert refused.code != 0
    assert "already exists" in refused.output
    project.configure(STACK, adopting)
    adopted = project.up(STACK)
    assert adopted.code == 0, adopted.output
    namespace = cluster.get("v1", "Namespace", Namespace.CACHE)
    assert namespace is not None
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_field_that_somebody_else_set_is_refused_and_mended_when_asked(
    project: Project, adopting: dict[str, Any], cluster: Api
) -> None:
    served = cluster.kind("v1", "Service").path(Namespace.ORCHESTRATION, ENGINE_SERVICE)
    cluster.request("PATCH", served, {"spec": {"selector": {"app": "nobody"}}}, content_type=MERGE)
    project.configure(STACK, project.settings(STACK))
    refused = project.up(STACK, "--refresh")
    assert refused.code != 0
    assert "conflict" in refused.output
    assert cluster.request("GET", served)["spec"]["selector"] == {"app": "nobody"}
    project.configure(STACK, adopting)
    mended = project.up(STACK, "--refresh")
    assert mended.code == 0, mended.output
    assert cluster.request("GET", served)["spec"]["selector"] == {"app": ENGINE}
