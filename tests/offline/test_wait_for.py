"""``pulumi.com/waitFor`` and its like: what is accepted, what is refused before anything is made, what holds."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from offline_plugins.kubernetes import conditions, jsonpath
from offline_plugins.kubernetes.failing import DETAILS
from offline_plugins.kubernetes.provider import Provider
from offline_plugins.kubernetes.readiness.verdict import Around, Verdict
from offline_plugins.wire import UNKNOWN, encode
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from ops.controlplane.api import MERGE, Api, Json
from ops.controlplane.plane import ControlPlane
from ops.toolchain.plugins import OFFLINE_PLUGINS
from tests.offline.calls import SECONDS, Calls, Context, RefusedError, calls, refused, urn
from tests.offline.kubelet import Kubelet, eventually, set_status

AT_ONCE = 40
"""Objects that the engine may have waited for at once."""
LIVE: Json = {
    "metadata": {"generation": 2},
    "status": {
        "phase": "Running",
        "on": True,
        "off": None,
        "number": 3,
        "half": 1.5,
        "with-dash": "x",
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": "False", "reason": "Busy"}],
        "ports": [{"number": 80}, {"number": 443}],
    },
}


@pytest.fixture
def provider(plane: ControlPlane) -> Iterator[Calls]:
    """A provider for the session's API server."""
    with calls(str(plane.kubeconfig)) as made:
        yield made


def config_map(namespace: str, name: str = "it", **annotations: str) -> Json:
    """A ConfigMap with annotations of the provider."""
    metadata = {
        "name": name,
        "namespace": namespace,
        "annotations": {f"pulumi.com/{key}": value for key, value in annotations.items()},
    }
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ready": "no"}}


def certificate(metadata: Json) -> Json:
    """A custom resource that no operator looks after."""
    spec = {"issuerRef": {"name": "x"}, "secretName": "x", "dnsNames": ["example.org"]}
    return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": metadata, "spec": spec}


def verdict(text: str, live: Json = LIVE) -> Verdict:
    """What a condition says of an object."""
    nowhere: Any = None
    return conditions.parse(text)(live, Around(nowhere))


@pytest.mark.parametrize(
    "text",
    [
        "jsonpath={.status.phase}",
        "jsonpath={.status.phase}=Running",
        "jsonpath={ $.status.phase }=Running",
        "jsonpath={.status['with-dash']}=x",
        "jsonpath={.status.on}=true",
        "jsonpath={.status.off}",
        "jsonpath={.status.number}=3",
        "jsonpath={.status.half}=1.5",
        "jsonpath={.status.ports[0].number}=80",
        "jsonpath={.status.ports[-1].number}=443",
        "jsonpath={.status.ports[*].number}=80",
        "jsonpath={.status.ports}",
        'jsonpath={.status.conditions[?(@.type=="Ready")].status}=True',
        "jsonpath={.status.conditions[?@.type=='Synced'].reason}=Busy",
        "jsonpath={.status.conditions[?(@.reason)].type}=Synced",
        "jsonpath={.status.ports[?(@.number>100)].number}=443",
        "condition=Ready",
        "condition=ready=true",
        "condition=Synced=False",
        '["condition=Ready", "jsonpath={.status.phase}=Running"]',
    ],
)
def test_a_condition_holds(text: str) -> None:
    assert verdict(text).ready


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("jsonpath={.status.phase}=Pending", "{.status.phase} is 'Running', not 'Pending'"),
        ("jsonpath={.status.absent}", "{.status.absent} leads to nothing"),
        ("jsonpath={.status.ports[2]}", "{.status.ports[2]} leads to nothing"),
        ('jsonpath={.status.ports[?(@.number=="80")]}', "leads to nothing"),
        ("jsonpath={.status.ports}=80", "leads to an object or a list"),
        ("condition=Absent", "it has no condition Absent"),
        ("condition=Synced", "condition Synced is False, not True: [Busy]"),
        ('["condition=Ready", "condition=Synced"]', "condition Synced is False"),
    ],
)
def test_a_condition_that_does_not_hold_says_what_is_there(text: str, missing: str) -> None:
    found = verdict(text)
    assert not found.ready and missing in found.words


@pytest.mark.parametrize("text", ["condition=Ready", "jsonpath={.status.phase}=Running"])
def test_a_status_of_an_older_generation_does_not_count(text: str) -> None:
    old = {**LIVE, "status": {**LIVE["status"], "observedGeneration": 1}}
    assert "of generation 1, not yet of 2" in verdict(text, old).words


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ready", "neither condition="),
        ("[]", "an empty list"),
        ("[1]", "neither condition="),
        ("condition=", "names no condition"),
        ("jsonpath=.status.phase", "has to stand in braces"),
        ("jsonpath='{.status.phase}'=Running", "has to stand in braces"),
        ("jsonpath={.status.phase}=", "jsonpath={<path>} or jsonpath={<path>}=<value>"),
        ("jsonpath={.a}=b=c", "jsonpath={<path>} or jsonpath={<path>}=<value>"),
        ("jsonpath={..phase}", "cannot be read from '..phase' on"),
        ("jsonpath={.status[0:2]}", "cannot be read from '[0:2]' on"),
        ("jsonpath={.status.with-dash}", "cannot be read from '-dash' on"),
        ('jsonpath={.a[?(@.b=="c"]}', "cannot be read from"),
        ('["condition=Ready", "jsonpath={.a"]', "has to stand in braces"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_before_anything_is_made(text: str, reason: str) -> None:
    provider: Any = Provider()
    manifest = config_map("default", waitFor=text)
    request = provider_pb2.CheckRequest(urn=urn(manifest), news=encode(manifest))
    (failure,) = provider.Check(request, Context()).failures
    assert reason in failure.reason
    with pytest.raises(RefusedError, match=r"v1 ConfigMap default/it: pulumi\.com/waitFor"):
        provider.Create(provider_pb2.CreateRequest(urn=urn(manifest), properties=encode(manifest)), Context())


def test_a_condition_that_is_not_read_is_not_refused() -> None:
    provider: Any = Provider()
    for manifest in (config_map("default", waitFor="Ready", skipAwait="true"), config_map("default")):
        request = provider_pb2.CheckRequest(urn=urn(manifest), news=encode(manifest))
        assert not provider.Check(request, Context()).failures
    unknown: Json = config_map("default")
    unknown["metadata"]["annotations"] = {"pulumi.com/waitFor": UNKNOWN}
    request = provider_pb2.CheckRequest(urn=urn(unknown), news=encode(unknown))
    assert not provider.Check(request, Context()).failures


def test_a_path_selects_every_match_in_order() -> None:
    assert jsonpath.parse("{.status.ports[*].number}").select(LIVE) == [80, 443]


@pytest.mark.stack
def test_an_object_of_any_kind_waits_for_its_conditions(provider: Calls, namespace: str, cluster: Api) -> None:
    wanted = config_map(namespace, waitFor="jsonpath={.data.ready}=yes")
    made = provider.create(wanted)
    provider.listener.hear("{.data.ready} is 'no', not 'yes'")
    assert not made.done()
    cluster.request("PATCH", cluster.path_of(wanted), {"data": {"ready": "yes"}}, content_type=MERGE)
    assert made.result(SECONDS)["data"] == {"ready": "yes"}


@pytest.mark.stack
def test_a_custom_resource_waits_for_all_of_its_conditions(provider: Calls, namespace: str, cluster: Api) -> None:
    wanted = config_map(namespace, waitFor='["condition=Ready", "jsonpath={.status.revision}=2"]')
    wanted = certificate(wanted["metadata"])
    made = provider.create(wanted)
    provider.listener.hear("it has no condition Ready; {.status.revision} leads to nothing")
    set_status(cluster, wanted, {"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]})
    provider.listener.hear("Waiting: {.status.revision} leads to nothing")
    assert not made.done()
    set_status(cluster, wanted, {"revision": 2})
    assert made.result(SECONDS)["status"]["revision"] == 2


@pytest.mark.stack
def test_a_custom_resource_that_does_not_get_ready_says_what_its_jobs_pods_say(
    provider: Calls, namespace: str, cluster: Api
) -> None:
    wanted = certificate(config_map(namespace, waitFor="condition=Ready")["metadata"])
    made = provider.create(wanted)
    owner = eventually(lambda: cluster.get("cert-manager.io/v1", "Certificate", "it", namespace))
    owners = [{key: owner[key] for key in ("apiVersion", "kind")} | {"name": "it", "uid": owner["metadata"]["uid"]}]
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]}
    metadata = {"name": "initdb", "namespace": namespace, "ownerReferences": owners}
    job: Json = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": {"spec": pod}}}
    cluster.apply(job)
    Kubelet(cluster, namespace).stick("ErrImagePull", "no such image")
    error = provider.cancelled(made)
    assert any(each.endswith("container main waits: [ErrImagePull] no such image") for each in error.reasons), error


@pytest.mark.stack
def test_conditions_take_the_place_of_the_rule_of_the_kind(provider: Calls, namespace: str) -> None:
    wanted = config_map(namespace, waitFor="jsonpath={.spec.replicas}=1")
    pod = {"metadata": {"labels": {"app": "it"}}, "spec": {"containers": [{"name": "main", "image": "x"}]}}
    spec = {"selector": {"matchLabels": {"app": "it"}}, "template": pod}
    wanted = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": wanted["metadata"], "spec": spec}
    assert "availableReplicas" not in provider.create(wanted).result(SECONDS)["status"]


@pytest.mark.stack
def test_nothing_is_waited_for_where_that_is_skipped(provider: Calls, namespace: str) -> None:
    provider.create(config_map(namespace, skipAwait="true", waitFor="condition=Ready")).result(SECONDS)
    assert not provider.listener.said


@pytest.mark.stack
def test_the_resources_own_time_out_goes_before_the_annotation(provider: Calls, namespace: str) -> None:
    waits = config_map(namespace, waitFor="condition=Ready", timeoutSeconds="1")
    assert "(timed out after 1 s)" in provider.refused(waits, 0).reasons[0]
    waits = config_map(namespace, "other", waitFor="condition=Ready", timeoutSeconds="3600")
    assert "(timed out after 1 s)" in provider.refused(waits, 1).reasons[0]


@pytest.mark.stack
def test_an_update_waits_too_and_keeps_the_state_of_what_is_not_ready(provider: Calls, namespace: str) -> None:
    plain = config_map(namespace)
    provider.create(plain).result(SECONDS)
    waits = config_map(namespace, waitFor="condition=Ready")
    error: Any = provider.update(waits, 1).exception(SECONDS)
    assert "it has no condition Ready" in error.reasons[0]
    assert error.identity == f"{namespace}/it"
    assert error.properties["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


@pytest.mark.stack
def test_many_are_waited_for_at_once_and_cancelling_ends_all_waits_at_once(plane: ControlPlane, namespace: str) -> None:
    environment = {"PATH": f"{sys.prefix}/bin", "PULUMI_BACKEND_URL": "file:///nowhere"}
    plugin = OFFLINE_PLUGINS / "pulumi-resource-kubernetes"
    with subprocess.Popen([plugin], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
                _cancel_many(provider_pb2_grpc.ResourceProviderStub(channel), str(plane.kubeconfig), namespace)
        finally:
            process.terminate()


def _cancel_many(stub: Any, kubeconfig: str, namespace: str) -> None:
    stub.Configure(provider_pb2.ConfigureRequest(args=encode({"kubeconfig": kubeconfig})))
    maps = [config_map(namespace, f"c{i}", waitFor="condition=Ready") for i in range(AT_ONCE)]
    waits = [
        stub.Create.future(provider_pb2.CreateRequest(urn=urn(each), properties=encode(each)), timeout=SECONDS)
        for each in maps
    ]
    ready = config_map(namespace, "ready", waitFor="jsonpath={.data.ready}=no")
    stub.Create(provider_pb2.CreateRequest(urn=urn(ready), properties=encode(ready)), timeout=SECONDS)
    assert not any(each.done() for each in waits)

    stub.Cancel(provider_pb2.google_dot_protobuf_dot_empty__pb2.Empty(), timeout=SECONDS)

    for number, each in enumerate(waits):
        error = each.exception()
        details = dict(error.trailing_metadata())[DETAILS]
        left = refused(error.details(), details)
        assert error.code() == grpc.StatusCode.UNKNOWN
        assert left.identity == f"{namespace}/c{number}" and "(cancelled after" in left.reasons[0]
