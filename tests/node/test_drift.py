"""Nothing drifts by itself; what somebody changes by hand is found and mended."""

import pytest

from contract.names import ENGINE, ENGINE_SERVICE, Namespace
from ops.controlplane.api import MERGE, Api
from tests.node.clone import Clone

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]


def test_a_refresh_shows_no_drift(clone: Clone, cluster: Api) -> None:
    refreshed = clone.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert refreshed.returncode == 0, refreshed.stdout[-3000:] + refreshed.stderr[-2000:]


def test_a_change_by_hand_is_found_and_mended(clone: Clone, cluster: Api) -> None:
    served = cluster.kind("v1", "Service").path(Namespace.ORCHESTRATION, ENGINE_SERVICE)
    cluster.request("PATCH", served, {"spec": {"selector": {"app": "nobody"}}}, content_type=MERGE)
    found = clone.pulumi("preview", "--refresh", "--expect-no-changes")
    assert found.returncode != 0
    assert ENGINE_SERVICE in found.stdout + found.stderr
    clone.up()
    service = cluster.request("GET", served)
    assert service["spec"]["selector"] == {"app": ENGINE}


def test_what_somebody_deletes_comes_back(clone: Clone, cluster: Api) -> None:
    cluster.delete("policy/v1", "PodDisruptionBudget", ENGINE, Namespace.ORCHESTRATION)
    clone.up()
    assert cluster.get("policy/v1", "PodDisruptionBudget", ENGINE, Namespace.ORCHESTRATION) is not None
