"""Every rendered object has the shape that API server and operators publish for its kind, and no field beside."""

import copy
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.controlplane.api import Api
from ops.toolchain.tool import ToolName
from tests.lint.rendered import STACKS, Objects
from tests.lint.schemas import strict, write_schemas

pytestmark = pytest.mark.stack

SECONDS = 120
STRANGER: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": []}}


@pytest.fixture(scope="module")
def location(cluster: Api, stacks: Mapping[str, Objects], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Schemas of every kind that any stack has."""
    documents = [each for objects in stacks.values() for each in objects.documents.values()]
    kinds = [(each["apiVersion"], each["kind"]) for each in documents]
    return write_schemas(cluster, [*kinds, ("v1", "Pod")], tmp_path_factory.mktemp("schemas"))


def conform(program: Path, location: str, directory: Path) -> dict[str, Any]:
    """kubeconform's report."""
    done = subprocess.run(
        [str(program), "-strict", "-summary", "-output", "json", "-schema-location", location, str(directory)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode == 0) == (report["resources"] == []), done.stderr
    return report


@pytest.mark.parametrize("stack", STACKS)
def test_every_object_conforms_to_the_published_schema_of_its_kind(
    linters: Mapping[ToolName, Path], location: str, stacks: Mapping[str, Objects], stack: str
) -> None:
    objects = stacks[stack]
    report = conform(linters[ToolName.KUBECONFORM], location, objects.directory)
    assert report["resources"] == []
    assert report["summary"] == {"valid": len(objects.documents), "invalid": 0, "errors": 0, "skipped": 0}


def first(objects: Objects, kind: str) -> dict[str, Any]:
    """A copy of an object of a kind."""
    return copy.deepcopy(next(each for each in objects.documents.values() if each["kind"] == kind))


@pytest.mark.parametrize(
    ("kind", "change", "complaint"),
    [
        ("Deployment", {"replica": 3}, "'replica' not allowed"),
        ("Deployment", {"selector": "app"}, "want object"),
        ("Service", {"ports": [{"port": "http"}]}, "want integer"),
        ("ScaledObject", {"maxReplicas": 3}, "'maxReplicas' not allowed"),
        ("Cluster", {"instances": "three"}, "want integer"),
        ("Cluster", {"storage": {"size": "1Gi", "klass": "fast"}}, "'klass' not allowed"),
    ],
)
def test_a_wrong_field_is_found_in_kinds_of_kubernetes_and_of_operators(
    linters: Mapping[ToolName, Path],
    location: str,
    stacks: Mapping[str, Objects],
    tmp_path: Path,
    kind: str,
    change: dict[str, Any],
    complaint: str,
) -> None:
    document = first(stacks["local"], kind)
    document["spec"] |= change
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    (wrong,) = conform(linters[ToolName.KUBECONFORM], location, tmp_path)["resources"]
    assert wrong["status"] == "statusInvalid"
    assert complaint in wrong["msg"]


def test_a_missing_field_is_found(linters: Mapping[ToolName, Path], location: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(STRANGER | {"spec": {}}), encoding="utf-8")
    (wrong,) = conform(linters[ToolName.KUBECONFORM], location, tmp_path)["resources"]
    assert "missing property 'containers'" in wrong["msg"]


def test_a_kind_without_a_schema_is_an_error(linters: Mapping[ToolName, Path], location: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(STRANGER | {"kind": "Pood"}), encoding="utf-8")
    (wrong,) = conform(linters[ToolName.KUBECONFORM], location, tmp_path)["resources"]
    assert wrong["status"] == "statusError"


def test_a_kind_that_the_server_does_not_serve_is_refused(cluster: Api, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no schema of apps/v1/Deploymint"):
        write_schemas(cluster, [("apps/v1", "Deploymint")], tmp_path)


def test_numbers_that_may_be_text_and_fields_that_are_kept_stay_open() -> None:
    port = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
    free = {"type": "object", "properties": {"a": {"type": "string"}}, "x-kubernetes-preserve-unknown-fields": True}
    assert strict(port) == {"type": ["integer", "string"]}
    assert "additionalProperties" not in strict(free)
    closed = strict({"type": "object", "properties": {"a": port}, "anyOf": [{"properties": {"a": {}}}]})
    assert closed["additionalProperties"] is False
    assert "additionalProperties" not in closed["anyOf"][0]
