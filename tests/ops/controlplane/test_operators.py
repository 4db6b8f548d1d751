"""The operators' definitions: pinned, cached, never anything else than what was pinned."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.controlplane import operators
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.operators import Operator, operator_crds

DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.org"},
    "spec": {
        "versions": [
            {
                "name": "v1",
                "schema": {
                    "openAPIV3Schema": {
                        "description": "a thing",
                        "properties": {"description": {"type": "string", "description": "what it is"}},
                    }
                },
            }
        ]
    },
}


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of one operator whose module is a directory of this test."""
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path / "cache"))
    module = tmp_path / "module"
    module.mkdir()
    content = yaml.safe_dump(DEFINITION).encode()
    (module / "crd.yaml").write_bytes(content)
    checksum = hashlib.sha256(content).hexdigest()
    entry = Operator(
        module="m", version="v1", sum="h1:x", repository="o/r", tag="v1", prefix="", files={"crd.yaml": checksum}
    )
    monkeypatch.setattr(operators, "_module_directories", lambda *_: {"m": module})
    monkeypatch.setattr(operators.shutil, "which", lambda _: "go")
    path = tmp_path / "operators.json"
    path.write_text(json.dumps([entry.model_dump()]))
    return path


def test_descriptions_go_but_properties_of_that_name_stay(catalogue: Path) -> None:
    (definition,) = operator_crds(catalogue=catalogue)
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema == {"properties": {"description": {"type": "string"}}}
    assert definition["metadata"]["annotations"]["mcp-platform/module"] == "m@v1"


def test_they_are_read_once(catalogue: Path, tmp_path: Path) -> None:
    first = operator_crds(catalogue=catalogue)
    (tmp_path / "module" / "crd.yaml").unlink()
    assert operator_crds(catalogue=catalogue) == first


def test_a_damaged_cache_is_read_again(catalogue: Path, tmp_path: Path) -> None:
    first = operator_crds(catalogue=catalogue)
    for cached in (tmp_path / "cache" / "crds").glob("*.json"):
        cached.write_text('[{"half"')
    assert operator_crds(catalogue=catalogue) == first


def test_other_content_than_the_pinned_is_refused(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "module" / "crd.yaml").write_text("kind: Other\n")
    with pytest.raises(ControlPlaneError, match=r"crd\.yaml of m v1 is not what operators\.json pins"):
        operator_crds(catalogue=catalogue)


def test_without_go_and_internet_it_is_one_sentence(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators.shutil, "which", lambda _: None)
    monkeypatch.setattr("ops.toolchain.internet.reaches", lambda *_: False)
    with pytest.raises(ControlPlaneError, match="install Go or connect this machine to the internet"):
        operator_crds(catalogue=catalogue)


def test_the_committed_catalogue_pins_every_file() -> None:
    entries = [Operator.model_validate(each) for each in json.loads(operators.CATALOGUE.read_text())]
    assert all(each.sum.startswith("h1:") and each.files for each in entries)
    assert all(len(checksum) == 64 for each in entries for checksum in each.files.values())
