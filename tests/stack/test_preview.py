"""`make preview`, as people call it: the real engine, a real API server, the policies, and not a byte in the tree."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ops.controlplane.plane import ControlPlane
from tests.stack.project import REPOSITORY

pytestmark = pytest.mark.stack

SECONDS = 240


def preview(stack: str | Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"} | variables
    return subprocess.run(
        [sys.executable, "-m", "ops.preview", str(stack), "--json"],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def settings_file(directory: Path, **changed: str) -> Path:
    document = yaml.safe_load((REPOSITORY / "Pulumi.local.yaml").read_text(encoding="utf-8"))
    document["config"]["mcp:settings"] |= changed
    document["config"]["mcp:anthropicApiKey"] = {"secure": "v1:sealed:elsewhere"}
    document["encryptionsalt"] = "v1:of:elsewhere"
    path = directory / "Pulumi.mine.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def test_without_a_cluster_it_has_one_of_its_own_and_leaves_nothing(tmp_path: Path) -> None:
    committed = (REPOSITORY / "Pulumi.local.yaml").read_bytes()
    done = preview("local", TMPDIR=str(tmp_path))
    result = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert result["ok"] is True
    assert result["operations"].keys() == {"create"}
    assert result["violations"] == result["errors"] == []
    assert "a control plane of this machine" in done.stderr
    assert (REPOSITORY / "Pulumi.local.yaml").read_bytes() == committed
    assert list(tmp_path.glob("mcp-preview-*")) == []


def test_a_cluster_that_is_named_is_used_and_secrets_sealed_elsewhere_are_stood_in_for(
    plane: ControlPlane, tmp_path: Path
) -> None:
    done = preview(settings_file(tmp_path), KUBECONFIG=str(plane.kubeconfig))
    result = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert result["stack"] == "mine"
    assert "the one that the stack's kubeconfig names" in done.stderr


def test_a_policy_and_the_settings_refuse_with_their_sentences(plane: ControlPlane, tmp_path: Path) -> None:
    kubeconfig = str(plane.kubeconfig)
    latest = preview(settings_file(tmp_path, image="mcp-platform/platform:latest"), KUBECONFIG=kubeconfig)
    assert latest.returncode == 1
    assert any("mcp-platform/platform:latest" in each for each in json.loads(latest.stdout)["violations"])
    misspelt = preview(settings_file(tmp_path, protecton="on"), KUBECONFIG=kubeconfig)
    assert misspelt.returncode == 1
    assert json.loads(misspelt.stdout)["errors"] == [
        'mcp:settings.protecton = "on": is not a setting; did you mean protection?'
    ]


def test_an_unknown_stack_is_refused_with_the_stacks_there_are() -> None:
    done = preview("prodd")
    assert done.returncode == 2
    (error,) = json.loads(done.stdout)["errors"]
    assert error.startswith("STACK = 'prodd': name one of ")
