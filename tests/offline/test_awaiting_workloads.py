"""What the offline provider waits for before a workload counts as made: real controllers, pods' status by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import engine_pb2

from ops.controlplane.api import MERGE, Api, Json
from ops.controlplane.plane import ControlPlane
from tests.offline.calls import SECONDS, Calls, RefusedError, calls
from tests.offline.kubelet import Kubelet, eventually

pytestmark = pytest.mark.stack
LABELS = {"app": "it"}
DESIRED = "desiredNumberScheduled"


@pytest.fixture
def provider(plane: ControlPlane) -> Iterator[Calls]:
    """A provider for the session's API server."""
    with calls(str(plane.kubeconfig)) as made:
        yield made


@pytest.fixture
def kubelet(cluster: Api, namespace: str) -> Kubelet:
    """Pods of the test's namespace."""
    return Kubelet(cluster, namespace)


def workload(namespace: str, kind: str, image: str = "first", **spec: Any) -> Json:
    """A workload with one container."""
    pod = {
        "metadata": {"labels": LABELS},
        "spec": {"containers": [{"name": "main", "image": image}], **spec.pop("pod", {})},
    }
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {"name": "it", "namespace": namespace},
        "spec": {"template": pod, **({} if kind == "Job" else {"selector": {"matchLabels": LABELS}}), **spec},
    }


def skipped(manifest: Json) -> Json:
    """The same, not waited for."""
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": {"pulumi.com/skipAwait": "true"}}}


def test_a_deployment_waits_for_all_pods_of_its_replica_set(
    provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api
) -> None:
    half = {"rollingUpdate": {"maxUnavailable": 1}}  # one pod is enough for the condition `Available`
    made = provider.create(workload(namespace, "Deployment", replicas=2, strategy=half))
    provider.listener.hear("0 of 2 Pods")
    kubelet.start(1)
    provider.listener.hear("1 of 2 Pods")
    assert not made.done()
    kubelet.start(1)
    assert made.result(SECONDS)["metadata"]["name"] == "it"
    (replicas,) = cluster.list("apps/v1", "ReplicaSet", namespace)
    assert replicas["status"]["readyReplicas"] == 2
    assert not provider.listener.said[-1].message  # the progress is taken back
    assert all(each.ephemeral for each in provider.listener.said)


def test_a_deployment_without_replicas_waits_for_as_many_as_it_is_scaled_to(
    provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api
) -> None:
    deployment = workload(namespace, "Deployment")
    made = provider.create(deployment)
    provider.listener.hear("0 of 1 Pods")
    cluster.request("PATCH", cluster.path_of(deployment), {"spec": {"replicas": 2}}, content_type=MERGE)
    kubelet.pods(2)
    kubelet.start(1)
    provider.listener.hear("1 of 2 Pods")
    assert not made.done()
    kubelet.start(1)
    assert made.result(SECONDS)["spec"]["replicas"] == 2


def test_a_deployment_of_no_replicas_is_ready(provider: Calls, namespace: str) -> None:
    assert provider.create(workload(namespace, "Deployment", replicas=0)).result(SECONDS)["spec"]["replicas"] == 0


def test_an_updated_deployment_waits_for_the_new_pods(provider: Calls, kubelet: Kubelet, namespace: str) -> None:
    made = provider.create(workload(namespace, "Deployment"))
    kubelet.start(1)
    made.result(SECONDS)
    updated = provider.update(workload(namespace, "Deployment", image="second"))
    (pod,) = kubelet.pods(1)
    assert pod["spec"]["containers"][0]["image"] == "second"
    assert not updated.done()
    kubelet.start(1)
    assert updated.result(SECONDS)["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


def test_a_deployment_waits_for_its_claims(provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api) -> None:
    size, modes = {"storage": "1Mi"}, ["ReadWriteOnce"]
    spec: Json = {"accessModes": modes, "resources": {"requests": size}, "storageClassName": namespace}
    metadata = {"name": "data", "namespace": namespace}
    cluster.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    made = provider.create(workload(namespace, "Deployment", pod={"volumes": volumes}))
    kubelet.start(1)
    provider.listener.hear("unbound PersistentVolumeClaims: data")
    assert not made.done()


def test_a_deployment_that_does_not_get_ready_says_what_its_pods_say_and_keeps_its_state(
    provider: Calls, kubelet: Kubelet, namespace: str
) -> None:
    made = provider.create(workload(namespace, "Deployment"))
    pod = kubelet.stick("ImagePullBackOff", 'Back-off pulling image "first"')
    kubelet.warn(pod, "Failed", "Error: ErrImagePull")
    assert provider.listener.hear("ImagePullBackOff").severity == engine_pb2.WARNING  # long before the end
    error = provider.cancelled(made)
    assert error.reasons[0].startswith(f"apps/v1 Deployment {namespace}/it is there, but it is not ready: 0 of 1 Pods")
    assert "(cancelled after" in error.reasons[0]
    name = pod["metadata"]["name"]
    assert f'Pod {name}: container main waits: [ImagePullBackOff] Back-off pulling image "first"' in error.reasons
    assert f"Failed of Pod {name}: Error: ErrImagePull (3 times)" in error.reasons
    assert any("condition Available is False: [MinimumReplicasUnavailable]" in each for each in error.reasons)
    assert error.identity == f"{namespace}/it"
    assert error.properties["status"]["unavailableReplicas"] == 1


def test_a_deployment_whose_pods_are_refused_says_by_whom(provider: Calls, namespace: str, cluster: Api) -> None:
    metadata = {"name": "none", "namespace": namespace}
    quota: Json = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "0"}}}
    provider.create(quota).result(SECONDS)
    made = provider.create(workload(namespace, "Deployment"))
    eventually(lambda: "ReplicaFailure" in str(cluster.get("apps/v1", "Deployment", "it", namespace)) or None)
    eventually(lambda: "exceeded quota" in str(cluster.list("v1", "Event", namespace)) or None)
    error = provider.cancelled(made)
    assert any("condition ReplicaFailure is True: [FailedCreate]" in each for each in error.reasons), error
    assert any(each.startswith("FailedCreate of ReplicaSet") and "exceeded quota" in each for each in error.reasons)


def test_a_stateful_set_waits_for_one_pod_after_the_other(provider: Calls, kubelet: Kubelet, namespace: str) -> None:
    made = provider.create(workload(namespace, "StatefulSet", replicas=2, serviceName="it"))
    kubelet.start(1)
    provider.listener.hear("1 of 2 Pods")
    assert not made.done()
    kubelet.start(1)
    assert made.result(SECONDS)["status"]["readyReplicas"] == 2


def test_an_updated_stateful_set_waits_for_its_revision(provider: Calls, kubelet: Kubelet, namespace: str) -> None:
    made = provider.create(workload(namespace, "StatefulSet", serviceName="it"))
    kubelet.start(1)
    before = made.result(SECONDS)["status"]["currentRevision"]
    updated = provider.update(workload(namespace, "StatefulSet", image="second", serviceName="it"))
    (pod,) = kubelet.pods(1)
    assert pod["spec"]["containers"][0]["image"] == "second"
    assert not updated.done()
    kubelet.start(1)
    status = updated.result(SECONDS)["status"]
    assert status["currentRevision"] == status["updateRevision"] != before


def test_a_stateful_set_that_does_not_get_ready_says_how_many_are_ready(
    provider: Calls, kubelet: Kubelet, namespace: str
) -> None:
    made = provider.create(workload(namespace, "StatefulSet", serviceName="it"))
    provider.listener.hear("0 of 1 Pods are ready")
    pod = kubelet.stick("CrashLoopBackOff", "back-off 10s restarting failed container")
    error = provider.cancelled(made)
    assert "0 of 1 Pods are ready" in error.reasons[0]
    assert any(
        each.startswith(f"Pod {pod['metadata']['name']}: container main waits: [CrashLoop") for each in error.reasons
    )


def test_a_daemon_set_waits_for_a_pod_on_every_node_that_wants_one(
    provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api
) -> None:
    labels = {"only-for": namespace}
    node: Json = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace, "labels": labels}}
    anywhere = {"nodeSelector": labels, "tolerations": [{"operator": "Exists"}]}
    daemons = workload(namespace, "DaemonSet", pod=anywhere)
    cluster.request("POST", cluster.kind("v1", "Node").path(None), node)
    try:
        provider.create(skipped(daemons)).result(SECONDS)
        # The controller may see the node after the DaemonSet.
        eventually(lambda: (cluster.get("apps/v1", "DaemonSet", "it", namespace) or {})["status"].get(DESIRED) or None)
        updated = provider.update(daemons)
        provider.listener.hear("0 of 1 Pods are available")
        assert not updated.done()
        kubelet.start(1)
        assert updated.result(SECONDS)["status"]["numberReady"] == 1
    finally:
        cluster.delete("v1", "Node", namespace)


def test_a_daemon_set_that_no_node_wants_is_ready(provider: Calls, namespace: str) -> None:
    made = provider.create(workload(namespace, "DaemonSet", pod={"nodeSelector": {"on": "no-node"}}))
    assert made.result(SECONDS)["status"]["desiredNumberScheduled"] == 0


def test_a_job_waits_until_it_is_complete(provider: Calls, kubelet: Kubelet, namespace: str) -> None:
    made = provider.create(workload(namespace, "Job", pod={"restartPolicy": "Never"}))
    provider.listener.hear("1 active")
    assert not made.done()
    kubelet.end("Succeeded")
    assert made.result(SECONDS)["status"]["succeeded"] == 1


def test_a_job_that_fails_is_an_error_at_once_with_its_reason(
    provider: Calls, kubelet: Kubelet, namespace: str
) -> None:
    made = provider.create(workload(namespace, "Job", backoffLimit=0, pod={"restartPolicy": "Never"}))
    kubelet.end("Failed")
    error: Any = made.exception(SECONDS)
    assert "it failed: [BackoffLimitExceeded] Job has reached the specified backoff limit" in error.reasons[0]


def test_a_pod_waits_until_it_is_ready(provider: Calls, kubelet: Kubelet, namespace: str) -> None:
    spec = {"containers": [{"name": "main", "image": "x"}]}
    pod: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "it", "namespace": namespace}, "spec": spec}
    made = provider.create(pod)
    provider.listener.hear("it is not scheduled")
    kubelet.report(pod, ready=False)
    provider.listener.hear("its containers are not ready")
    assert not made.done()
    kubelet.start(1)
    assert made.result(SECONDS)["status"]["phase"] == "Running"


def test_a_replication_controller_waits_for_its_pods(provider: Calls, kubelet: Kubelet, namespace: str) -> None:
    template = workload(namespace, "Deployment")["spec"]["template"]
    made = provider.create(
        {
            "apiVersion": "v1",
            "kind": "ReplicationController",
            "metadata": {"name": "it", "namespace": namespace},
            "spec": {"selector": LABELS, "template": template},
        }
    )
    provider.listener.hear("0 of 1 Pods")
    kubelet.start(1)
    assert made.result(SECONDS)["status"]["availableReplicas"] == 1


def test_an_object_deleted_while_it_is_waited_for_is_an_error(
    provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api
) -> None:
    made = provider.create(workload(namespace, "Deployment"))
    kubelet.pods(1)
    cluster.delete("apps/v1", "Deployment", "it", namespace)
    error: Any = made.exception(SECONDS)
    assert error.reasons == [f"apps/v1 Deployment {namespace}/it was deleted before it was ready"]


def test_a_refresh_says_what_is_not_ready_any_more(provider: Calls, kubelet: Kubelet, namespace: str) -> None:
    deployment = workload(namespace, "Deployment")
    made = provider.create(deployment)
    (pod,) = kubelet.start(1)
    made.result(SECONDS)
    assert provider.read(deployment)["status"]["readyReplicas"] == 1
    kubelet.report(pod, ready=False, phase="Running")

    def sick() -> Any:
        try:
            provider.read(deployment)
        except RefusedError as error:
            return error
        return None

    error = eventually(sick)
    assert "0 of 1 Pods" in error.reasons[0]
    assert error.inputs == deployment
    assert provider.read(skipped(deployment))["status"]["unavailableReplicas"] == 1
