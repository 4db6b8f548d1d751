"""Manifests are read whole and changed by name; what is not there any more is said at once."""

from pathlib import Path
from typing import Any

import pytest

from ops.operators.failure import OperatorError
from ops.operators.manifests import (
    container,
    documents,
    kustomized,
    named,
    probe_often,
    run_image,
    set_variables,
)

TWO = """
---
# a comment alone is no object
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}
- {apiVersion: v1, kind: Secret, metadata: {name: two}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: three}
"""


def names(objects: list[dict[str, Any]]) -> list[str]:
    """Their names, in their order."""
    return [each["metadata"]["name"] for each in objects]


def workload(*containers: str) -> dict[str, Any]:
    """A Deployment with containers of these names."""
    return {"spec": {"template": {"spec": {"containers": [{"name": name} for name in containers]}}}}


def test_lists_are_opened_and_empty_documents_left_out() -> None:
    assert names(documents(TWO)) == ["one", "two", "three"]


def test_an_object_is_found_by_kind_and_name() -> None:
    assert named(documents(TWO), "Secret", "two")["kind"] == "Secret"


@pytest.mark.parametrize(("kind", "name"), [("Secret", "one"), ("Deployment", "manager")])
def test_an_object_that_a_module_has_no_more_is_named(kind: str, name: str) -> None:
    with pytest.raises(OperatorError, match=rf"^The module has no {kind} {name} any more: .*mend ops/operators\.$"):
        named(documents(TWO), kind, name)


def test_the_first_container_is_taken_where_none_is_named() -> None:
    assert container(workload("manager", "proxy"))["name"] == "manager"
    assert container(workload("manager", "proxy"), "proxy")["name"] == "proxy"


def test_a_container_runs_an_image_of_the_nodes_own_store_and_asks_for_little() -> None:
    target = {
        "image": "registry.example/operator:1",
        "imagePullPolicy": "Always",
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
    }
    run_image(target, "local/operator:1", "64Mi")
    assert target == {
        "image": "local/operator:1",
        "imagePullPolicy": "IfNotPresent",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
    }


@pytest.mark.parametrize(
    ("probe", "patience"),
    [
        ({"initialDelaySeconds": 30, "periodSeconds": 20, "failureThreshold": 6}, 150),
        ({"periodSeconds": 5, "failureThreshold": 1}, 60),
        ({}, 60),
        ({"initialDelaySeconds": 100}, 130),
    ],
)
def test_a_probe_is_asked_every_second_and_gives_up_no_earlier_than_before(
    probe: dict[str, int], patience: int
) -> None:
    before = probe.get("initialDelaySeconds", 0) + probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
    target = {"readinessProbe": {"httpGet": {"path": "/"}, **probe}, "livenessProbe": dict(probe)}
    probe_often(target)
    asked = target["readinessProbe"]
    assert asked == {"httpGet": {"path": "/"}, "periodSeconds": 1, "failureThreshold": patience}
    assert asked["periodSeconds"] * asked["failureThreshold"] >= before
    assert target["livenessProbe"] == probe


def test_a_container_without_probes_gets_none() -> None:
    target: dict[str, Any] = {"name": "main"}
    probe_often(target)
    assert target == {"name": "main"}


def test_a_variable_takes_the_place_of_the_one_of_its_name() -> None:
    target = {"env": [{"name": "KEPT", "value": "1"}, {"name": "IMAGE", "valueFrom": {"fieldRef": {}}}]}
    set_variables(target, {"IMAGE": "local/operator:1", "NEW": "2"})
    assert target["env"] == [
        {"name": "KEPT", "value": "1"},
        {"name": "IMAGE", "value": "local/operator:1"},
        {"name": "NEW", "value": "2"},
    ]


def test_a_container_without_variables_gets_its_first() -> None:
    target: dict[str, Any] = {}
    set_variables(target, {"NAME": "value"})
    assert target["env"] == [{"name": "NAME", "value": "value"}]


def kubectl(directory: Path, body: str) -> Path:
    """A stand-in for kubectl."""
    program = directory / "kubectl"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return program


def test_a_directory_is_built_by_kubectl(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text(TWO)
    program = kubectl(tmp_path, f'test "$*" = "kustomize /module/config" && cat {tmp_path}/objects')
    assert names(kustomized(program, Path("/module/config"))) == ["one", "two", "three"]


def test_a_directory_that_cannot_be_built_is_named_with_the_reason(tmp_path: Path) -> None:
    program = kubectl(tmp_path, "echo 'no such file: base' >&2; exit 1")
    with pytest.raises(OperatorError, match=r"^The manifests in /module could not be built: no such file: base$"):
        kustomized(program, Path("/module"))
