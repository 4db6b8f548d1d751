"""Objects that exist but did not get ready: the real engine records them and waits for them again."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.controlplane.api import MERGE, Api
from ops.controlplane.plane import ControlPlane
from ops.toolchain.tools import Tools
from tests.offline.engine import Engine
from tests.offline.kubelet import Kubelet, eventually

pytestmark = pytest.mark.stack
NOTHING_TO_DO = ("--yes", "--skip-preview", "--expect-no-changes")


@pytest.fixture
def engine(tools: Tools, plane: ControlPlane, tmp_path: Path) -> Engine:
    """A stack of this test alone."""
    return Engine(tmp_path, tools, plane.kubeconfig)


def recorded(engine: Engine, kind: str) -> dict[str, Any]:
    """What the state says of the one resource of a kind."""
    resources = json.loads(engine.state())["deployment"]["resources"]
    (found,) = (each for each in resources if each["type"].endswith(f":{kind}"))
    return found


def test_what_did_not_get_ready_is_recorded_and_the_next_up_waits_for_it_again(
    engine: Engine, namespace: str, cluster: Api
) -> None:
    # As large as states get: the engine reads it from the error's metadata.
    data = {"padding": "x" * 200_000, "password": "sesame-open"}
    annotations = {"pulumi.com/waitFor": "jsonpath={.metadata.labels.ready}=yes", "pulumi.com/timeoutSeconds": "1"}
    metadata = {"name": "it", "namespace": namespace, "annotations": annotations}
    engine.program(
        f"data = {{**{data!r}, 'password': pulumi.Output.secret('sesame-open')}}\n"
        f"made = k8s.core.v1.ConfigMap('it', metadata={metadata!r}, data=data, opts=options)\n"
        "later = pulumi.ResourceOptions(provider=provider, depends_on=[made])\n"
        f"k8s.core.v1.ConfigMap('later', metadata={ {'name': 'later', 'namespace': namespace}!r}, opts=later)\n"
    )

    first = engine.up()

    assert first.code != 0
    assert f"v1 ConfigMap {namespace}/it is there, but it is not ready" in first.text
    assert "Waiting: {.metadata.labels.ready} leads to nothing" in first.text
    assert cluster.get("v1", "ConfigMap", "later", namespace) is None
    found = cluster.get("v1", "ConfigMap", "it", namespace)
    state = recorded(engine, "ConfigMap")
    assert found is not None and state["outputs"]["metadata"]["uid"] == found["metadata"]["uid"]
    assert "(timed out after 1 s)" in state["initErrors"][0]
    assert "sesame-open" not in engine.state()

    again = engine.up()
    assert again.code != 0 and "is there, but it is not ready" in again.text

    cluster.request("PATCH", cluster.path_of(found), {"metadata": {"labels": {"ready": "yes"}}}, content_type=MERGE)
    healed = engine.up()
    assert healed.code == 0, healed.text
    assert healed.changes == {"created": 1, "updated": 1, "unchanged": 2}
    assert engine.up("--expect-no-changes").changes == {"unchanged": 4}


def test_a_refresh_judges_a_workload_anew_and_sees_no_drift_in_its_status(
    engine: Engine, namespace: str, cluster: Api
) -> None:
    labels = {"app": "it"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "x"}]}},
    }
    metadata = {"name": "it", "namespace": namespace}
    engine.program(
        "patient = pulumi.ResourceOptions(provider=provider, custom_timeouts=pulumi.CustomTimeouts(create='1s'))\n"
        f"k8s.apps.v1.Deployment('it', metadata={metadata!r}, spec={spec!r}, opts=patient)\n"
    )
    up = engine.up().text
    assert f"apps/v1 Deployment {namespace}/it is there, but it is not ready" in up and "timed out after 1 s" in up

    sick = engine.run("refresh", "--yes", "--skip-preview")
    assert sick.code == 0 and "Refreshed resource is in an unhealthy state" in sick.text
    assert "0 of 1 Pods" in recorded(engine, "Deployment")["initErrors"][0]

    Kubelet(cluster, namespace).start(1)
    eventually(lambda: (cluster.get("apps/v1", "Deployment", "it", namespace) or {})["status"].get("availableReplicas"))
    well = engine.run("refresh", *NOTHING_TO_DO)
    assert well.code == 0 and "unhealthy" not in well.text, well.text
    assert "initErrors" not in recorded(engine, "Deployment")
    assert engine.up("--expect-no-changes").code == 0
