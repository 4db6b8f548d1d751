"""What the values of operators' charts hold on to; that a chart knows them is tested where charts are."""

from typing import Any

import pytest

from infra.operators import cert_manager, cloudnative_pg, cluster_autoscaler, keda, vertical_pod_autoscaler
from infra.settings import parse


def test_nodes_come_and_go_as_specified(settings_of: Any) -> None:
    flags = cluster_autoscaler.values(parse(settings_of("prod")))["extraArgs"]
    assert (
        flags
        | {
            "scale-down-delay-after-add": "10m",
            "scale-down-unneeded-time": "10m",
            "scale-down-delay-after-failure": "3m",
            "max-node-provision-time": "15m",
            "scale-down-utilization-threshold": "0.5",
        }
        == flags
    )


def test_a_pod_with_scratch_space_does_not_keep_its_node(settings_of: Any) -> None:
    flags = cluster_autoscaler.values(parse(settings_of("prod")))["extraArgs"]
    assert flags["skip-nodes-with-local-storage"] == "false"


def test_the_vertical_autoscaler_can_change_no_pod(settings_of: Any) -> None:
    values = vertical_pod_autoscaler.values(parse(settings_of("prod")))
    assert [values[part]["enabled"] for part in ("recommender", "updater", "admissionController")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(("protection", "kept"), [("on", True), ("off", False)])
def test_definitions_outlive_their_chart_only_where_the_stack_is_protected(
    settings_of: Any, protection: str, kept: bool
) -> None:
    settings = parse(settings_of("prod") | {"protection": protection})
    assert cert_manager.values(settings)["crds"]["keep"] is kept
    assert vertical_pod_autoscaler.values(settings)["crds"]["keep"] is kept
    assert ("helm.sh/resource-policy" in keda.values(settings)["crds"]["additionalAnnotations"]) is kept


def test_a_new_operator_restarts_no_instance_of_the_database(settings_of: Any) -> None:
    data = cloudnative_pg.values(parse(settings_of("prod")))["config"]["data"]
    assert data["ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES"] == "true"


def test_a_challenge_is_looked_for_in_public_unless_the_name_server_is_our_own(settings_of: Any) -> None:
    assert cert_manager.values(parse(settings_of("prod")))["dns01RecursiveNameserversOnly"] is True
    assert "dns01RecursiveNameserversOnly" not in cert_manager.values(parse(settings_of("onprem")))
