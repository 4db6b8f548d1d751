"""CloudNativePG's image holds the instance manager where instances of this machine's architecture look for it."""

from pathlib import Path

import pytest

from ops.controlplane.api import Json
from ops.operators import cloudnative_pg
from ops.operators.workshop import Workshop
from ops.toolchain.tool import ToolName


def manager() -> Json:
    """The one object of the module that is changed."""
    container = {"name": "manager", "image": "controller", "args": ["controller", "--a=$(OPERATOR_DEPLOYMENT_NAME)"]}
    return {
        "kind": "Deployment",
        "metadata": {"name": "cnpg-controller-manager"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


@pytest.mark.parametrize(("machine", "architecture"), [("x86_64", "amd64"), ("aarch64", "arm64")])
def test_an_instance_finds_the_manager_of_its_own_architecture(
    machine: str, architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(cloudnative_pg, "module_directory", lambda *_: tmp_path)
    monkeypatch.setattr(cloudnative_pg, "kustomized", lambda *_: [manager()])
    program = tmp_path / "manager"
    program.write_text("#!")
    shop = Workshop({ToolName.CLOUDNATIVE_PG: program}, program, program, "shell", lambda _: None)
    (deployment,) = cloudnative_pg.release(shop).objects
    (image,) = shop.built
    content = b"".join(layer.path.read_bytes() for layer in image.layers)
    assert f"operator/manager_{architecture}\0".encode() in content
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["controller", "--a=cnpg-controller-manager"]
    assert {"name": "OPERATOR_IMAGE_NAME", "value": image.reference} in container["env"]
