"""What `make status` says of pods: ready, completed, or why not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.controlplane.failure import ControlPlaneError
from ops.local import pod_status
from ops.local.clusters.choice import note_running
from ops.local.clusters.kinds import ClusterKind
from ops.local.pod_status import is_good, pod_state, report, table
from ops.local.state import State
from tests.ops.local.answering import Answering, answering, manifest, objects

RUNNING = {"running": {"startedAt": "2025-01-01T00:00:00Z"}}
CRASHING = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
DONE = {"terminated": {"reason": "Completed", "exitCode": 0}}


def container(state: dict[str, Any], *, ready: bool = False, restarts: int = 0) -> dict[str, Any]:
    """A container's status."""
    return {"name": "main", "ready": ready, "restartCount": restarts, "state": state}


def pod(phase: str, *containers: dict[str, Any], **status: Any) -> dict[str, Any]:
    """A pod that started two minutes ago."""
    started = (datetime.now(UTC) - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    whole = {"phase": phase, "startTime": started, "containerStatuses": list(containers), **status}
    return manifest("v1", "Pod", "engine-1", "mcp-orchestration", status=whole)


def test_a_pod_is_ready_when_each_of_its_containers_is() -> None:
    both = pod("Running", container(RUNNING, ready=True, restarts=1), container(RUNNING, ready=True, restarts=2))
    state = pod_state(both)
    assert (state["ready"], state["completed"], state["reason"], state["restarts"]) == (True, False, "", 3)
    assert state["seconds"] == pytest.approx(120, abs=5)
    one = pod("Running", container(RUNNING, ready=True), container(RUNNING))
    assert pod_state(one)["ready"] is False


def test_a_pod_that_crashes_says_so_and_each_reason_once() -> None:
    state = pod_state(pod("Running", container(CRASHING, restarts=4), container(CRASHING)))
    assert (state["ready"], state["reason"], state["restarts"]) == (False, "CrashLoopBackOff", 4)


def test_what_an_init_container_waits_for_is_said_and_that_others_wait_for_it_is_not() -> None:
    waiting = container({"waiting": {"reason": "PodInitializing"}})
    failing = container({"waiting": {"reason": "ErrImageNeverPull"}})
    state = pod_state(pod("Pending", waiting, initContainerStatuses=[container(DONE), failing]))
    assert state["reason"] == "ErrImageNeverPull"


def test_a_job_that_ended_well_is_completed_and_one_that_failed_is_not() -> None:
    assert pod_state(pod("Succeeded", container(DONE)))["completed"] is True
    failed = pod_state(pod("Failed", container({"terminated": {"reason": "Error", "exitCode": 1}})))
    assert (failed["completed"], failed["ready"], failed["reason"]) == (False, False, "Error")


def test_a_jobs_pod_that_failed_is_no_trouble_once_another_of_it_ended_well() -> None:
    def of_job(phase: str, job: str) -> dict[str, Any]:
        found = pod(phase, container(DONE if phase == "Succeeded" else {"terminated": {"reason": "Error"}}))
        found["metadata"]["ownerReferences"] = [{"kind": "Job", "uid": job}]
        return pod_state(found)

    failed, ended_well, another = of_job("Failed", "one"), of_job("Succeeded", "one"), of_job("Succeeded", "two")
    assert is_good(failed, [failed, ended_well])
    assert not is_good(failed, [failed, another])
    alone = pod_state(pod("Failed", container({"terminated": {"reason": "Error"}})))
    assert not is_good(alone, [alone, pod_state(pod("Succeeded", container(DONE)))])


def test_a_pod_that_ends_is_terminating_whatever_its_phase() -> None:
    ending = pod("Running", container(RUNNING, ready=True))
    ending["metadata"]["deletionTimestamp"] = "2025-01-01T00:00:00Z"
    assert pod_state(ending)["phase"] == "Terminating"


def test_a_pod_that_no_node_has_taken_is_not_ready() -> None:
    state = pod_state(manifest("v1", "Pod", "new", "cache", status={"phase": "Pending"}))
    assert (state["ready"], state["phase"], state["restarts"], state["seconds"]) == (False, "Pending", 0, 0)


class Standing:
    """Stands for a cluster."""

    def __init__(self, kubeconfig: Path, about: dict[str, Any]) -> None:
        self.kubeconfig = kubeconfig
        self.about = about

    def report(self) -> dict[str, Any]:
        if "error" in self.about:
            raise self.about["error"]
        return self.about


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Answering]:
    """An API server with a ready pod and a completed one."""
    ready, done = pod("Running", container(RUNNING, ready=True)), pod("Succeeded", container(DONE))
    done["metadata"]["name"] = "migration-1"
    with answering(objects(ready, done)) as server:
        server.kubeconfig(tmp_path / "kubeconfig")
        yield server


def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **about: Any) -> dict[str, Any]:
    """The report of a cluster that says this of itself."""
    standing = Standing(tmp_path / "kubeconfig", {"running": True, "ready": True, "servers": {}} | about)
    monkeypatch.setattr(pod_status, "cluster", lambda *_: standing)
    state = State(tmp_path)
    note_running(state, ClusterKind.NODE)
    return report(state) | {"cluster": "node"}


def test_everything_is_ready_when_the_cluster_and_each_pod_is_ready_or_done(
    served: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reported(tmp_path, monkeypatch)
    assert found["ready"] is True
    assert [each["name"] for each in found["pods"]] == ["engine-1", "migration-1"]
    assert "cluster node, ready" in table(found)


def test_one_pod_that_crashes_makes_it_not_ready_and_is_shown_with_its_reason(
    served: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers["/api/v1/pods"]["items"].append(pod("Running", container(CRASHING, restarts=3)))
    found = reported(tmp_path, monkeypatch, servers={"kubelet": 2, "etcd": 0})
    assert found["ready"] is False
    shown = table(found).splitlines()
    assert shown[0] == "cluster node, ready; restarted: kubelet 2"
    assert "CrashLoopBackOff" in shown[-1]
    assert "completed" in shown[-2]


def test_a_cluster_that_is_not_ready_or_has_no_pods_is_not_ready(
    served: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reported(tmp_path, monkeypatch, ready=False)["ready"] is False
    assert "NOT READY" in table(reported(tmp_path, monkeypatch, ready=False))
    served.answers["/api/v1/pods"] = {"items": []}
    assert reported(tmp_path, monkeypatch)["ready"] is False


def test_a_cluster_that_does_not_run_is_asked_for_no_pods(
    served: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reported(tmp_path, monkeypatch, running=False, ready=False)
    assert (found["ready"], found["pods"], served.asked) == (False, [], [])
    assert table(found) == "cluster node does not run: `make up` starts it"


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), ControlPlaneError("The kubeconfig is gone.")])
def test_a_cluster_that_cannot_be_asked_does_not_run(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reported(tmp_path, monkeypatch, error=error)
    assert found["node"] == {"running": False, "error": str(error)}
    assert table(found).endswith("does not run: `make up` starts it")
