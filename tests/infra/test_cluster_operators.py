"""A cluster without an operator gets nothing that only that operator would finish or undo."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Region = Callable[[dict[str, Any]], list[Any]]
Document = Callable[[], dict[str, Any]]


def waiting(document: dict[str, Any], **operators: str) -> dict[str, Any]:
    cluster = document["cluster"] | {"operators": document["cluster"]["operators"] | operators}
    return document | {"waiting": "on", "cluster": cluster}


@pytest.fixture(scope="module")
def bare(region_of: Region, local_document: Document) -> list[Any]:
    absent = dict.fromkeys(("keda", "certManager", "ingressNginx"), "none")
    return region_of(waiting(local_document(), **absent) | {"backup": {"enabled": "off"}})


@pytest.fixture(scope="module")
def complete(region_of: Region, local_document: Document) -> list[Any]:
    return region_of(waiting(local_document()))


def annotations(made: list[Any], kind: str) -> list[dict[str, str]]:
    return [each.inputs["metadata"].get("annotations") or {} for each in made if each.kind == kind]


def test_replicas_are_fixed_only_where_no_autoscaler_owns_them(bare: list[Any], complete: list[Any]) -> None:
    assert {each.inputs["spec"].get("replicas") for each in bare if each.kind == "Deployment"} == {1}
    assert not [each for each in bare if each.kind == "ScaledObject"]
    assert {each.inputs["spec"].get("replicas") for each in complete if each.kind == "Deployment"} == {None}
    assert [each for each in complete if each.kind == "ScaledObject"]


def test_an_ingress_is_waited_for_only_where_a_controller_serves_it(bare: list[Any], complete: list[Any]) -> None:
    assert {each.get("pulumi.com/skipAwait") for each in annotations(bare, "Ingress")} == {"true"}
    assert {each.get("pulumi.com/skipAwait") for each in annotations(complete, "Ingress")} == {None}


def test_a_certificate_is_waited_for_only_where_somebody_issues_it(bare: list[Any], complete: list[Any]) -> None:
    assert {each["pulumi.com/skipAwait"] for each in annotations(bare, "Certificate")} == {"true"}
    assert {each["pulumi.com/waitFor"] for each in annotations(complete, "Certificate")} == {"condition=Ready"}


def test_the_database_is_waited_for_whatever_else_is_missing(bare: list[Any]) -> None:
    (found,) = annotations(bare, "Cluster")
    assert "condition=Ready" in json.loads(found["pulumi.com/waitFor"])


def test_third_party_images_come_from_where_the_settings_say(region_of: Region, local_document: Document) -> None:
    images = {"postgresql": "registry.example/postgresql:18", "valkey": "registry.example/valkey:9"}
    made = region_of(local_document() | {"images": images})
    assert [each.inputs["spec"]["imageName"] for each in made if each.kind == "Cluster"] == [images["postgresql"]]
    (cache,) = [each for each in made if each.kind == "StatefulSet"]
    assert cache.pod["spec"]["containers"][0]["image"] == images["valkey"]


def test_a_replicated_database_gets_the_lease_that_was_set(region_of: Region, local_document: Document) -> None:
    lease = {"durationSeconds": 5, "renewSeconds": 3, "retrySeconds": 1}
    document = local_document()
    made = region_of(document | {"database": document["database"] | {"instances": 3, "primaryLease": lease}})
    (spec,) = [each.inputs["spec"] for each in made if each.kind == "Cluster"]
    assert spec["primaryLease"] == {"leaseDurationSeconds": 5, "renewDeadlineSeconds": 3, "retryPeriodSeconds": 1}
    assert spec["postgresql"]["parameters"]["wal_retrieve_retry_interval"] == "1s"
