"""Stacks of the cloud preview against any cluster that a kubeconfig reaches; their own clusters are not built yet."""

import pytest

from tests.stack.project import REPOSITORY, Project

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("stack", ["prod", "eu-west"])
def test_the_inside_of_a_cloud_region_previews_and_keeps_every_policy(project: Project, stack: str) -> None:
    project.init(stack)
    project.configure(stack, project.settings(stack))
    result = project.preview(stack, "--policy-pack", str(REPOSITORY / "policy"))
    assert result.code == 0, result.output
    assert result.counts().keys() == {"create"}
    assert "orchestration-engine" in result.operations["create"]
