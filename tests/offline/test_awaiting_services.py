"""What the offline provider waits for before Services, Ingresses, volumes and the like count as made.

Real controllers; addresses of load balancers and the status of pods and Ingresses are written by hand.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ops.controlplane.api import Api, Json
from ops.controlplane.plane import ControlPlane
from tests.offline.calls import PATIENCE, SECONDS, Calls, calls
from tests.offline.kubelet import Kubelet, set_status

pytestmark = pytest.mark.stack
LABELS = {"app": "it"}
SIZE, MODES = {"storage": "1Mi"}, ["ReadWriteOnce"]
ADDRESS: Json = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}


@pytest.fixture
def provider(plane: ControlPlane) -> Iterator[Calls]:
    """A provider for the session's API server."""
    with calls(str(plane.kubeconfig)) as made:
        yield made


@pytest.fixture
def kubelet(cluster: Api, namespace: str) -> Kubelet:
    """Pods of the test's namespace."""
    return Kubelet(cluster, namespace)


def made_of(kind: str, namespace: str, spec: Json, version: str = "v1", name: str = "it") -> Json:
    """An object with a spec."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def service(namespace: str, name: str = "it", **spec: Any) -> Json:
    """A Service of one port that selects the test's pods."""
    return made_of("Service", namespace, {"selector": LABELS, "ports": [{"port": 80}]} | spec, name=name)


def pod(cluster: Api, namespace: str, name: str) -> Json:
    """A pod that the Service selects; endpoints are made only of pods on a node."""
    spec = {"containers": [{"name": "main", "image": "x"}], "nodeName": "nowhere", "terminationGracePeriodSeconds": 0}
    made = made_of("Pod", namespace, spec, name=name)
    made["metadata"]["labels"] = LABELS
    return cluster.apply(made)


def claim(namespace: str) -> Json:
    """A claim of a class of the test's own."""
    spec: Json = {"accessModes": MODES, "resources": {"requests": SIZE}, "storageClassName": namespace}
    return made_of("PersistentVolumeClaim", namespace, spec)


def ingress(namespace: str, *services: str) -> Json:
    """An Ingress with a path to each Service."""
    paths = [
        {"path": f"/{each}", "pathType": "Prefix", "backend": {"service": {"name": each, "port": {"number": 80}}}}
        for each in services
    ]
    rule: Json = {"host": "it.example"} | ({"http": {"paths": paths}} if paths else {})
    return made_of("Ingress", namespace, {"rules": [rule]}, "networking.k8s.io/v1")


def test_a_service_waits_until_every_pod_it_selects_is_ready(
    provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api
) -> None:
    ready, late = pod(cluster, namespace, "a-ready"), pod(cluster, namespace, "b-late")
    kubelet.report(ready, ready=True, phase="Running", podIP="10.9.0.1")
    kubelet.report(late, ready=False, phase="Running", podIP="10.9.0.2")
    made = provider.create(service(namespace))
    provider.listener.hear("1 of the 2 Pods it selects are ready")
    assert not made.done()
    kubelet.report(late, ready=True, phase="Running", podIP="10.9.0.2")
    assert made.result(SECONDS)["spec"]["type"] == "ClusterIP"


def test_a_service_whose_pods_do_not_get_ready_says_which_and_why(
    provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api
) -> None:
    waits: Json = {"name": "main", "ready": False, "restartCount": 0, "image": "x", "imageID": ""}
    waits["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    kubelet.report(pod(cluster, namespace, "sick"), ready=False, podIP="10.9.0.1", containerStatuses=[waits])
    made = provider.create(service(namespace))
    provider.listener.hear("0 of the 1 Pods it selects are ready")
    error = provider.cancelled(made)
    assert "0 of the 1 Pods it selects are ready (cancelled" in error.reasons[0]
    assert "Pod sick: container main waits: [CrashLoopBackOff] back-off" in error.reasons


def test_a_service_that_selects_no_pods_is_ready_when_that_stays_so(provider: Calls, namespace: str) -> None:
    made = provider.create(service(namespace))
    provider.listener.hear("no Pod it selects is ready")
    assert made.result(SECONDS)["spec"]["selector"] == LABELS


def test_a_service_whose_pods_have_not_settled_is_ready_when_the_time_is_up(provider: Calls, namespace: str) -> None:
    provider.create(service(namespace), timeout=PATIENCE.settle / 2).result(SECONDS)


@pytest.mark.parametrize(
    "spec",
    [{"clusterIP": "None"}, {"selector": None}, {"type": "ExternalName", "externalName": "example.org", "ports": None}],
    ids=["headless", "without-selector", "external"],
)
def test_a_service_that_leads_to_no_pods_of_its_own_is_ready_at_once(
    provider: Calls, kubelet: Kubelet, namespace: str, cluster: Api, spec: Json
) -> None:
    kubelet.report(pod(cluster, namespace, "sick"), ready=False, podIP="10.9.0.1")
    wanted = service(namespace, **spec)
    wanted["spec"] = {key: value for key, value in wanted["spec"].items() if value is not None}
    provider.create(wanted).result(SECONDS)
    assert not provider.listener.said


def test_a_load_balancer_waits_for_its_address(provider: Calls, namespace: str, cluster: Api) -> None:
    wanted = service(namespace, type="LoadBalancer")
    made = provider.create(wanted)
    provider.listener.hear("not allocated a load balancer's address")
    assert not made.done()
    set_status(cluster, wanted, ADDRESS)
    assert made.result(SECONDS)["status"]["loadBalancer"]["ingress"][0]["ip"] == "192.0.2.1"


def test_an_ingress_waits_for_its_services_endpoints_and_for_its_address(
    provider: Calls, namespace: str, cluster: Api
) -> None:
    cluster.apply(service(namespace, "external", type="ExternalName", externalName="example.org"))
    wanted = ingress(namespace, "api", "external")
    made = provider.create(wanted)
    provider.listener.hear("no endpoints of Services api,")
    cluster.apply(service(namespace, "api"))
    provider.listener.hear("no controller has given it a host name or address")
    assert not made.done()
    set_status(cluster, wanted, ADDRESS)
    assert made.result(SECONDS)["status"] == ADDRESS


def test_an_ingress_puts_up_with_a_service_that_does_not_come(provider: Calls, namespace: str, cluster: Api) -> None:
    cluster.apply(service(namespace, "another"))
    wanted = ingress(namespace, "absent")
    made = provider.create(wanted)
    provider.listener.hear("no endpoints of Services absent,")
    provider.listener.hear("no controller has given it a host name or address")
    set_status(cluster, wanted, ADDRESS)
    made.result(SECONDS)


def test_an_ingress_that_no_controller_takes_says_so(provider: Calls, namespace: str) -> None:
    error = provider.refused(ingress(namespace), 1)
    assert "it is not ready: no controller has given it a host name or address" in error.reasons[0]


def test_a_volume_is_available_and_a_claim_bound_when_they_are_made(
    provider: Calls, namespace: str, cluster: Api
) -> None:
    source: Json = {"hostPath": {"path": "/nowhere"}, "capacity": SIZE, "accessModes": MODES}
    volume = made_of("PersistentVolume", namespace, source | {"storageClassName": namespace}, name=namespace)
    del volume["metadata"]["namespace"]
    try:
        assert provider.create(volume).result(SECONDS)["status"]["phase"] == "Available"
        assert provider.create(claim(namespace)).result(SECONDS)["status"]["phase"] == "Bound"
    finally:
        cluster.delete("v1", "PersistentVolume", namespace)


def test_a_claim_without_a_volume_times_out(provider: Calls, namespace: str) -> None:
    error = provider.refused(claim(namespace), 1)
    assert "it is Pending, not Bound (timed out after 1 s)" in error.reasons[0]


def test_a_claim_that_binds_for_its_first_pod_is_ready_while_it_is_pending(
    provider: Calls, namespace: str, cluster: Api
) -> None:
    late: Json = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": namespace}}
    cluster.apply(late | {"provisioner": "nobody", "volumeBindingMode": "WaitForFirstConsumer"})
    try:
        assert provider.create(claim(namespace)).result(SECONDS)["status"]["phase"] == "Pending"
    finally:
        cluster.delete("storage.k8s.io/v1", "StorageClass", namespace)


def test_a_quota_is_in_force_when_it_is_made(provider: Calls, namespace: str) -> None:
    made = provider.create(made_of("ResourceQuota", namespace, {"hard": {"pods": "1"}})).result(SECONDS)
    assert made["status"]["hard"] == {"pods": "1"}


def test_a_token_is_filled_in_when_its_secret_is_made(provider: Calls, namespace: str, cluster: Api) -> None:
    metadata = {"name": "it", "namespace": namespace}
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    metadata = {"name": "token", "namespace": namespace, "annotations": {"kubernetes.io/service-account.name": "it"}}
    secret: Json = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    made = provider.create(secret | {"type": "kubernetes.io/service-account-token"}).result(SECONDS)
    assert "token" in made["data"]


def test_kinds_without_a_rule_are_not_waited_for(provider: Calls, namespace: str) -> None:
    issuer: Json = {"issuerRef": {"name": "x"}, "secretName": "x", "dnsNames": ["example.org"]}
    for each in (
        made_of("Certificate", namespace, issuer, "cert-manager.io/v1"),
        made_of("PodDisruptionBudget", namespace, {"maxUnavailable": 1}, "policy/v1"),
    ):
        provider.create(each).result(SECONDS)
    assert not provider.listener.said
