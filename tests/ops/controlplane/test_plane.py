"""The control plane's life: refused, started, mended, stopped; real servers."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ops.controlplane.api import Api, ApiError
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.plane import ControlPlane
from ops.controlplane.ports import LOOPBACK
from ops.controlplane.processes import Lifetime, is_alive, wait_until
from ops.controlplane.servers import Programs
from ops.toolchain.tools import Tools

pytestmark = pytest.mark.stack
SECONDS = 30


@pytest.fixture
def own_plane(tools: Tools, tmp_path: Path) -> Iterator[ControlPlane]:
    """A control plane of this test alone, not started."""
    programs = Programs(tools.etcd, tools.apiserver, tools.controller_manager)
    plane = ControlPlane(tmp_path / "plane", programs, lifetime=Lifetime.PARENT, durable=False)
    yield plane
    plane.stop()


def test_a_control_plane_is_started_once_mended_and_stopped(own_plane: ControlPlane) -> None:
    said: list[str] = []
    own_plane.start()
    before = own_plane.processes()
    assert own_plane.health().healthy
    assert {each.name for each in before} == {"etcd", "kube-apiserver", "kube-controller-manager"}

    own_plane.start(said.append)
    assert said == ["control plane runs already"]
    assert own_plane.processes() == before

    api = own_plane.api()
    api.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}, "data": {"a": "b"}})
    api.close()
    os.kill(next(each.pid for each in before if each.name == "kube-apiserver"), signal.SIGKILL)
    assert wait_until(lambda: not own_plane.health().healthy, SECONDS)
    own_plane.start()
    api = own_plane.api()
    kept = api.get("v1", "ConfigMap", "kept")
    api.close()
    assert kept is not None and kept["data"] == {"a": "b"}
    assert not any(is_alive(each) for each in before)

    after = own_plane.processes()
    own_plane.stop()
    assert not any(is_alive(each) for each in after)
    assert own_plane.processes() == []


def test_a_taken_port_is_refused_and_nothing_is_left_running(tools: Tools, tmp_path: Path) -> None:
    programs = Programs(tools.etcd, tools.apiserver, tools.controller_manager)
    with socket.create_server((LOOPBACK, 0)) as taken:
        plane = ControlPlane(tmp_path, programs, api_port=taken.getsockname()[1])
        with pytest.raises(ControlPlaneError, match="is taken by another program"):
            plane.start()
    assert plane.processes() == []


def test_a_server_that_cannot_run_is_quoted_and_the_others_are_ended(tools: Tools, tmp_path: Path) -> None:
    program = shutil.which("false")
    assert program is not None
    plane = ControlPlane(tmp_path, Programs(tools.etcd, Path(program), tools.controller_manager), durable=False)
    started: list[int] = []
    with pytest.raises(ControlPlaneError, match="kube-apiserver ended right after its start"):
        plane.start(lambda _: started.append(1))
    assert started
    assert plane.processes() == []


def test_nobody_gets_in_without_a_certificate(plane: ControlPlane, cluster: Api) -> None:
    stranger = Api(replace(cluster.access, certificate=None, key=None))
    with pytest.raises(ApiError) as refused:
        stranger.get("v1", "Secret", "any", "default")
    stranger.close()
    assert refused.value.status == 401


def test_pod_security_is_enforced(cluster: Api) -> None:
    name = "restricted-namespace"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    account = lambda: cluster.get("v1", "ServiceAccount", "default", name) is not None  # noqa: E731
    assert wait_until(account, SECONDS)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": name},
        "spec": {"containers": [{"name": "main", "image": "x"}]},
    }
    with pytest.raises(ApiError, match='violates PodSecurity "restricted'):
        cluster.apply(pod)
    cluster.delete("v1", "Namespace", name)


def test_the_operators_definitions_are_served(cluster: Api) -> None:
    for version, kind in (
        ("postgresql.cnpg.io/v1", "Cluster"),
        ("barmancloud.cnpg.io/v1", "ObjectStore"),
        ("cert-manager.io/v1", "Certificate"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
        ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch"),
        ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
        ("keda.sh/v1alpha1", "ScaledObject"),
    ):
        assert cluster.kind(version, kind).plural
