"""Bad settings are refused before any resource is made."""

from pathlib import Path

import pytest

from tests.stack.project import REPOSITORY, Project

pytestmark = pytest.mark.stack


def test_bad_settings_are_refused_before_any_resource_is_made(project: Project) -> None:
    project.init("local")
    settings = project.settings("local") | {"protecton": "on"}
    project.configure("local", settings)
    result = project.up("local")
    assert result.code != 0
    assert 'error: mcp:settings.protecton = "on": is not a setting; did you mean protection?' in result.output
    assert "Traceback" not in result.output
    assert project.resources("local") == []


def test_a_secret_in_clear_is_refused(project: Project) -> None:
    project.init("local")
    project.configure("local", project.settings("local"), openaiApiKey="sk-in-clear")
    result = project.up("local")
    assert result.code != 0
    assert "mcp:openaiApiKey" in result.output
    assert "pulumi config set --secret mcp:openaiApiKey" in result.output
    assert project.resources("local") == []


def test_a_kubeconfig_that_is_not_there_is_refused(project: Project, tmp_path: Path) -> None:
    project.init("local")
    settings = project.settings("local")
    settings["cluster"]["existing"]["kubeconfig"] = str(tmp_path / "absent")
    project.configure("local", settings)
    result = project.up("local")
    assert result.code != 0
    assert "is not a file: name an existing kubeconfig" in result.output
    assert project.resources("local") == []


def test_a_role_file_that_is_wrong_is_refused_by_name(project: Project, tmp_path: Path) -> None:
    (tmp_path / "developer.yaml").write_text("id: developer\n", encoding="utf-8")
    project.init("local")
    project.configure("local", project.settings("local") | {"rolesDirectory": str(tmp_path)})
    result = project.up("local")
    assert result.code != 0
    assert f"error: {tmp_path / 'developer.yaml'}: title: " in result.output
    assert "Traceback" not in result.output
    assert project.resources("local") == []


def test_what_a_policy_forbids_is_refused_before_any_resource_is_made(project: Project) -> None:
    project.init("local")
    project.configure("local", project.settings("local") | {"image": "mcp-platform/platform:latest"})
    result = project.preview("local", "--policy-pack", str(REPOSITORY / "policy"))
    assert result.code != 0
    assert "orchestration-engine/orchestration-engine runs mcp-platform/platform:latest: name a digest" in result.output
    assert project.resources("local") == []
