"""Where no kubelet runs nothing is waited for; elsewhere custom resources are waited for by condition."""

import json
from typing import Any

from infra.sections.section import Switch
from infra.waiting import wait_annotations


def test_nothing_is_waited_for_where_no_kubelet_runs() -> None:
    assert wait_annotations(Switch.OFF, "condition=Ready") == {"pulumi.com/skipAwait": "true"}


def test_what_the_provider_knows_needs_no_annotation() -> None:
    assert wait_annotations(Switch.ON) == {}


def test_one_condition_is_a_word_and_several_are_a_list() -> None:
    assert wait_annotations(Switch.ON, "condition=Ready") == {"pulumi.com/waitFor": "condition=Ready"}
    several = wait_annotations(Switch.ON, "condition=Ready", "jsonpath={.status.x}")
    assert json.loads(several["pulumi.com/waitFor"]) == ["condition=Ready", "jsonpath={.status.x}"]


def test_every_workload_of_a_machine_without_kubelet_skips_the_wait(local: list[Any]) -> None:
    for each in local:
        if each.kind in ("Deployment", "StatefulSet", "Job", "Ingress", "Service", "Cluster", "Certificate"):
            assert each.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_the_database_is_waited_for_with_its_logins(prod: list[Any]) -> None:
    (cluster,) = [each for each in prod if each.kind == "Cluster"]
    conditions = json.loads(cluster.inputs["metadata"]["annotations"]["pulumi.com/waitFor"])
    assert conditions == ["condition=Ready", "jsonpath={.status.managedRolesStatus.byStatus.reconciled}"]
