"""`make render` and `make diagram`: the same stack gives the same bytes, and what is wrong is said as Pulumi would."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.catalogue import REPOSITORY
from infra.picture import mermaid
from infra.rendering.__main__ import main
from infra.rendering.stacks import find_stack, resources, stacks
from tests.infra.conftest import Made


def written(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def stack_file(directory: Path, settings: dict[str, Any], **others: Any) -> Path:
    """A settings file outside the tree."""
    document = yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text(encoding="utf-8"))
    document["config"]["mcp:settings"] |= settings
    document["config"] |= {f"mcp:{key}": value for key, value in others.items()}
    path = directory / "Pulumi.mine.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def test_the_same_stack_gives_the_same_bytes_in_every_process_and_without_a_cluster(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        environment = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"} | {"PATH": "/nowhere"}
        subprocess.run(
            [sys.executable, "-m", "infra.rendering", "manifests", "prod", str(tmp_path / seed)],
            env=environment | {"PYTHONHASHSEED": seed},
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
            timeout=120,
        )
    assert written(tmp_path / "1") == written(tmp_path / "2")
    assert "mcp-orchestration/Deployment-orchestration-engine.yaml" in written(tmp_path / "1")


@pytest.mark.parametrize("stack", [each.name for each in stacks()])
def test_every_stack_of_the_tree_renders_without_a_secret(stack: str, tmp_path: Path) -> None:
    assert main(["manifests", stack, str(tmp_path)]) == 0
    passwords = [f"{each.name}-secret" for each in resources(find_stack(stack)) if each.type.endswith("RandomPassword")]
    assert passwords
    told = [b"PRIVATE KEY", *(form for each in passwords for form in (each.encode(), base64.b64encode(each.encode())))]
    for path, content in written(tmp_path).items():
        assert not [each for each in told if each in content], path


def test_check_writes_nothing_and_fails_where_a_file_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifests", "local", str(tmp_path / "new"), "--check"]) == 1
    assert not (tmp_path / "new").exists()
    assert main(["manifests", "local", str(tmp_path / "new")]) == 0
    assert main(["manifests", "local", str(tmp_path / "new"), "--check"]) == 0
    (tmp_path / "new/_cluster/Namespace-cache.yaml").unlink()
    capsys.readouterr()
    assert main(["manifests", "local", str(tmp_path / "new"), "--check"]) == 1
    assert "differs: _cluster/Namespace-cache.yaml" in capsys.readouterr().out


def test_the_list_for_programs_names_every_file_and_its_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifests", "local", str(tmp_path), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["files"]
    assert {each["path"] for each in listed} | {"_order.txt"} == set(written(tmp_path))
    namespace = next(each for each in listed if each["path"] == "_cluster/Namespace-cache.yaml")
    assert (namespace["kind"], namespace["namespace"], namespace["name"]) == ("Namespace", None, "cache")


def test_an_unknown_stack_is_refused_with_the_stacks_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifests", "prodd", "x"]) == 2
    said = capsys.readouterr().err
    assert "STACK = 'prodd': name one of " in said
    assert "local" in said and "prod" in said


def test_a_misspelt_setting_is_refused_in_the_program_s_own_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stack_file(tmp_path, {"protecton": "on"})
    assert main(["manifests", str(path), str(tmp_path / "out")]) == 2
    sentence = 'error: mcp:settings.protecton = "on": is not a setting; did you mean protection?\n'
    assert capsys.readouterr().err == sentence
    assert not (tmp_path / "out").exists()


def test_a_secret_in_clear_is_refused_and_a_sealed_one_is_stood_in_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifests", str(stack_file(tmp_path, {}, openaiApiKey="sk-clear")), str(tmp_path / "out")]) == 2
    assert "mcp:openaiApiKey" in capsys.readouterr().err
    sealed = stack_file(tmp_path, {}, openaiApiKey={"secure": "v1:opaque"})
    assert main(["manifests", str(sealed), str(tmp_path / "out")]) == 0
    secret = yaml.safe_load((tmp_path / "out/mcp-agents/Secret-llm-secrets.yaml").read_text(encoding="utf-8"))
    assert secret["data"] == {"openai-api-key": "bWFza2Vk"}


def test_what_is_no_settings_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "Pulumi.torn.yaml"
    path.write_text("config: [", encoding="utf-8")
    assert main(["diagram", str(path)]) == 2
    assert f"error: {path}: is not YAML" in capsys.readouterr().err
    path.write_text("[]", encoding="utf-8")
    assert main(["diagram", str(path)]) == 2
    assert "has no object config" in capsys.readouterr().err


def test_the_diagram_of_prod_is_the_picture_that_the_readme_is_held_to(
    prod: list[Made], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["diagram", "prod"]) == 0
    drawn = capsys.readouterr().out
    assert drawn == mermaid(each.inputs for each in prod if each.kind)
    assert main(["diagram", "prod", "--output", str(tmp_path / "prod.mmd")]) == 0
    assert (tmp_path / "prod.mmd").read_text(encoding="utf-8") == drawn


def test_secrets_that_settings_need_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stack_file(tmp_path, {"backup": {"endpoint": "https://s3.example.org"}})
    assert main(["secrets", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["stack"] == "mine"
    assert answer["missing"] == ["mcp:backupAccessKeyId", "mcp:backupSecretAccessKey"]
