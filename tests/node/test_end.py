"""The end: `destroy` leaves an empty cluster, and `make down` the machine as it was."""

import json

import pytest

from contract.names import Namespace
from ops.controlplane.api import Api
from tests.node.clone import Clone
from tests.node.machine import Machine, processes_of, this_machine
from tests.node.waiting import until

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]


def made_by_the_stack(clone: Clone) -> list[dict[str, str]]:
    """Version, kind, name and namespace of every object in the stack's state."""
    exported = clone.pulumi("stack", "export")
    assert exported.returncode == 0, exported.stderr[-2000:]
    return [
        {"api_version": each["inputs"]["apiVersion"], "kind": each["inputs"]["kind"]}
        | {key: each["inputs"]["metadata"].get(key) for key in ("name", "namespace")}
        for each in json.loads(exported.stdout)["deployment"]["resources"]
        if each["type"].startswith("kubernetes:")
    ]


def test_destroy_leaves_an_empty_cluster(clone: Clone, cluster: Api) -> None:
    made = made_by_the_stack(clone)
    assert {"Namespace", "PriorityClass", "ClusterIssuer", "PodMonitor", "Cluster"} <= {each["kind"] for each in made}
    destroyed = clone.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.returncode == 0, destroyed.stdout[-3000:] + destroyed.stderr[-2000:]
    names = {each["metadata"]["name"] for each in cluster.list("v1", "Namespace")}
    assert not names & {namespace.value for namespace in Namespace}
    assert [each for each in made if cluster.get(**each) is not None] == []
    until(lambda: cluster.list("v1", "PersistentVolume") == [], 60, "every volume is gone")


def test_down_leaves_the_machine_as_it_was(clone: Clone, came_up: str, before: Machine) -> None:
    clone.done("down", "ARGS=--purge")
    assert processes_of(clone.root, clone.state.directory) == []
    after = this_machine()
    assert after == before
    assert not clone.state.directory.exists()
