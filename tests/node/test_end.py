"""The end: `destroy` leaves an empty cluster, and `make down` the machine as it was."""

import pytest

from contract.names import Namespace
from ops.controlplane.api import Api
from tests.node.clone import Clone
from tests.node.machine import Machine, processes_of, this_machine
from tests.node.waiting import until

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]


def test_destroy_leaves_an_empty_cluster(clone: Clone, cluster: Api) -> None:
    destroyed = clone.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.returncode == 0, destroyed.stdout[-3000:] + destroyed.stderr[-2000:]
    names = {each["metadata"]["name"] for each in cluster.list("v1", "Namespace")}
    assert not names & {namespace.value for namespace in Namespace}
    assert cluster.list("cert-manager.io/v1", "ClusterIssuer") == []
    until(lambda: cluster.list("v1", "PersistentVolume") == [], 60, "every volume is gone")


def test_down_leaves_the_machine_as_it_was(clone: Clone, came_up: str, before: Machine) -> None:
    clone.done("down", "ARGS=--purge")
    assert processes_of(clone.root, clone.state.directory) == []
    after = this_machine()
    assert after == before
    assert not clone.state.directory.exists()
