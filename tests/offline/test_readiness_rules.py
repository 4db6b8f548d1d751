"""Rules of readiness on objects as controllers leave them for moments, which tests with real ones could not catch."""

from typing import Any

import pytest
from offline_plugins.kubernetes.readiness.deployments import deployment
from offline_plugins.kubernetes.readiness.ingresses import ingress
from offline_plugins.kubernetes.readiness.pods import pod
from offline_plugins.kubernetes.readiness.replicas import daemon_set, stateful_set
from offline_plugins.kubernetes.readiness.services import service
from offline_plugins.kubernetes.readiness.verdict import Around, Quiet

from ops.controlplane.api import Json

NAMED = {"name": "it", "namespace": "here", "uid": "1"}
AVAILABLE = {"type": "Available", "status": "True"}
ROLLED_OUT = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}


class Cluster:
    """An API server that serves what it was given."""

    def __init__(self, *objects: Json) -> None:
        self.objects = list(objects)

    def get(self, _version: str, kind: str, name: str, _namespace: str | None = None) -> Json | None:
        """Return one object or None."""
        return next((each for each in self.list("", kind) if each["metadata"]["name"] == name), None)

    def list(self, _version: str, kind: str, _namespace: str | None = None, _labels: str | None = None) -> list[Json]:
        """Return all of a kind."""
        return [each for each in self.objects if each["kind"] == kind]


class Clock:
    """Time that passes when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def around(cluster: Cluster, clock: Clock) -> Around:
    """What a rule sees."""
    api: Any = cluster
    return Around(api, settle=10, grace=60, quiet=Quiet(clock))


def endpoints(version: str, *, ready: int = 0, pending: int = 0, name: str = "it") -> Json:
    """Endpoints of a Service."""
    subset = {"addresses": [{}] * ready, "notReadyAddresses": [{}] * pending}
    return {"kind": "Endpoints", "metadata": {"name": name, "resourceVersion": version}, "subsets": [subset]}


def test_endpoints_have_to_be_ready_and_unchanged_for_the_whole_time() -> None:
    live: Json = {"kind": "Service", "metadata": NAMED, "spec": {"selector": {"app": "it"}}}
    cluster, clock = Cluster(), Clock()
    scene = around(cluster, clock)
    clock.now = 50
    # Nobody makes endpoints: that counts as ready only when the time is up.
    assert not service(live, scene).ready and service(live, scene).enough
    cluster.objects = [endpoints("1", ready=1)]
    assert not service(live, scene).ready
    clock.now = 59
    assert not service(live, scene).ready
    cluster.objects = [endpoints("2", ready=1, pending=1)]
    assert not service(live, scene).ready and not service(live, scene).enough
    cluster.objects = [endpoints("3", ready=2)]
    clock.now = 68
    assert not service(live, scene).ready
    clock.now = 78
    assert service(live, scene).ready


def test_a_load_balancers_address_is_never_dispensed_with() -> None:
    live: Json = {"kind": "Service", "metadata": NAMED, "spec": {"selector": {"app": "it"}, "type": "LoadBalancer"}}
    assert not service(live, around(Cluster(endpoints("1", ready=1)), Clock())).enough


@pytest.mark.parametrize(("known", "seconds"), [((), 60), (("other",), 10)])
def test_an_ingress_waits_longer_for_a_service_where_there_never_were_endpoints(
    known: tuple[str, ...], seconds: float
) -> None:
    path = {"backend": {"service": {"name": "absent"}}}
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    live: Json = {"kind": "Ingress", "metadata": NAMED, "spec": {"rules": [{"http": {"paths": [path]}}]}}
    live["status"] = status
    clock = Clock()
    scene = around(Cluster(*(endpoints("1", name=each) for each in known)), clock)
    ingress(live, scene)
    clock.now = seconds - 1
    assert not ingress(live, scene).ready
    clock.now = seconds
    assert ingress(live, scene).ready


def rolled_out(revision: str, conditions: list[Json], *, observed: int = 2) -> Json:
    """A Deployment of generation 2."""
    metadata = NAMED | {"generation": 2, "annotations": {"deployment.kubernetes.io/revision": revision}}
    status = {"observedGeneration": observed, "conditions": conditions}
    return {"kind": "Deployment", "metadata": metadata, "spec": {"selector": {}}, "status": status}


def replica_set(revision: str, replicas: int, ready: int, owner: str = "1") -> Json:
    """One of the Deployment's ReplicaSets."""
    metadata = {"ownerReferences": [{"uid": owner}], "annotations": {"deployment.kubernetes.io/revision": revision}}
    return {
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": {"replicas": replicas},
        "status": {"readyReplicas": ready},
    }


@pytest.mark.parametrize(
    ("live", "sets", "missing"),
    [
        (rolled_out("2", [AVAILABLE, ROLLED_OUT]), [replica_set("2", 1, 1)], ""),
        (rolled_out("1", [AVAILABLE]), [replica_set("1", 1, 1)], ""),
        (rolled_out("1", [AVAILABLE]), [replica_set("1", 0, 0)], ""),
        (rolled_out("2", [AVAILABLE]), [replica_set("2", 1, 1)], "0 of 1 Pods"),
        (rolled_out("2", [ROLLED_OUT]), [replica_set("2", 1, 1)], "0 of 1 Pods"),
        (rolled_out("2", [AVAILABLE, ROLLED_OUT], observed=1), [replica_set("2", 1, 1)], "has not seen it"),
        (rolled_out("2", [AVAILABLE, ROLLED_OUT]), [replica_set("1", 1, 1)], "revision 2 has no ReplicaSet"),
        (rolled_out("2", [AVAILABLE, ROLLED_OUT]), [replica_set("2", 1, 1, owner="2")], "revision 2 has no ReplicaSet"),
        (rolled_out("2", [AVAILABLE, ROLLED_OUT]), [replica_set("2", 3, 2)], "2 of 3 Pods"),
    ],
)
def test_a_deployment_needs_its_newest_replica_set(live: Json, sets: list[Json], missing: str) -> None:
    found = deployment(live, around(Cluster(*sets), Clock()))
    assert found.ready == (not missing) and missing in found.words


DONE: Json = {"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "currentReplicas": 2}
SAME: Json = {"currentRevision": "a", "updateRevision": "a"}
OTHER: Json = {"currentRevision": "a", "updateRevision": "b"}


@pytest.mark.parametrize(
    ("strategy", "status", "missing"),
    [
        ("RollingUpdate", DONE | SAME, ""),
        ("RollingUpdate", DONE | OTHER, "not advanced from revision a to b"),
        ("RollingUpdate", DONE | SAME | {"observedGeneration": 1}, "has not seen it"),
        ("RollingUpdate", DONE | SAME | {"replicas": 3}, "Pods are ready"),
        ("RollingUpdate", DONE | OTHER | {"currentReplicas": 1, "updatedReplicas": 1}, "1 of 2 Pods are ready"),
        ("OnDelete", DONE | OTHER | {"currentReplicas": 0}, ""),
        ("OnDelete", DONE | OTHER | {"readyReplicas": 1}, "1 of 2 Pods are ready"),
    ],
)
def test_a_stateful_set_needs_every_replica_of_its_revision(strategy: str, status: Json, missing: str) -> None:
    spec = {"replicas": 2, "updateStrategy": {"type": strategy}}
    live: Json = {"metadata": NAMED | {"generation": 2}, "spec": spec, "status": status}
    found = stateful_set(live, around(Cluster(), Clock()))
    assert found.ready == (not missing) and missing in found.words


NUMBERS = (
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberReady",
)


@pytest.mark.parametrize("short", NUMBERS[1:])
def test_a_daemon_set_needs_every_number_to_be_what_is_desired(short: str) -> None:
    status: Json = {"observedGeneration": 1} | dict.fromkeys(NUMBERS, 2)
    live: Json = {"metadata": NAMED | {"generation": 1}, "status": status}
    assert daemon_set(live, around(Cluster(), Clock())).ready
    status[short] = 1
    assert daemon_set(live, around(Cluster(), Clock())).words.startswith("1 of 2 Pods")


def test_a_pod_that_ended_is_ready_only_if_it_succeeded() -> None:
    conditions = [{"type": "PodScheduled", "status": "True"}, {"type": "Initialized", "status": "True"}]
    for phase, ready in (("Succeeded", True), ("Failed", False)):
        live: Json = {"metadata": NAMED, "status": {"phase": phase, "conditions": conditions}}
        assert pod(live, around(Cluster(), Clock())).ready is ready
