"""The offline Kubernetes provider, run by the real engine against a real API server."""

import json
import uuid
from pathlib import Path

import pytest

from ops.controlplane.api import Api
from ops.controlplane.plane import ControlPlane
from ops.toolchain.tools import Tools
from tests.offline.engine import Engine

pytestmark = pytest.mark.stack
SKIP = {"pulumi.com/skipAwait": "true"}


@pytest.fixture
def engine(tools: Tools, plane: ControlPlane, tmp_path: Path) -> Engine:
    """A stack of this test alone."""
    return Engine(tmp_path, tools, plane.kubeconfig)


def config_map(namespace: str, value: str = "1", name: str = "settings") -> str:
    """Source of one ConfigMap."""
    metadata = {"name": name, "namespace": namespace}
    return f"k8s.core.v1.ConfigMap({name!r}, metadata={metadata!r}, data={{'key': {value!r}}}, opts=options)\n"


def job(namespace: str, image: str) -> str:
    """Source of one Job, whose template is immutable and which nobody runs."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}
    metadata = {"name": "job", "namespace": namespace, "annotations": SKIP}
    return f"k8s.batch.v1.Job('job', metadata={metadata!r}, spec={{'template': {{'spec': {pod!r}}}}}, opts=options)\n"


def test_create_refuses_an_object_that_exists(engine: Engine, namespace: str, cluster: Api) -> None:
    metadata = {"name": "settings", "namespace": namespace}
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": "theirs"}})
    engine.program(config_map(namespace, "ours"))

    update = engine.up()

    assert update.code != 0 and 'configmaps "settings" already exists' in update.text
    found = cluster.get("v1", "ConfigMap", "settings", namespace)
    assert found is not None and found["data"] == {"key": "theirs"}


def test_a_second_up_changes_nothing_and_destroy_leaves_nothing(engine: Engine, namespace: str, cluster: Api) -> None:
    container = {"name": "main", "image": "x", "resources": {"limits": {"cpu": "1000m", "memory": "0.5Gi"}}}
    labels = {"app": "x"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    metadata = {"namespace": namespace, "annotations": SKIP}
    engine.program(
        config_map(namespace)
        + job(namespace, "x")
        + f"k8s.apps.v1.Deployment('named', metadata={metadata!r}, spec={spec!r}, opts=options)\n"
    )

    assert engine.up().code == 0
    assert engine.run("refresh", "--yes", "--skip-preview", "--expect-no-changes").code == 0
    assert engine.up("--expect-no-changes").changes == {"unchanged": 5}
    assert [each["metadata"]["name"][:6] for each in cluster.list("apps/v1", "Deployment", namespace)] == ["named-"]

    assert engine.destroy().code == 0
    assert cluster.list("apps/v1", "Deployment", namespace) == cluster.list("batch/v1", "Job", namespace) == []
    assert cluster.list("v1", "Pod", namespace) == []


def test_an_immutable_property_replaces_and_the_old_object_goes_first(
    engine: Engine, namespace: str, cluster: Api
) -> None:
    engine.program(job(namespace, "first"))
    assert engine.up().code == 0
    before = cluster.get("batch/v1", "Job", "job", namespace)

    engine.program(job(namespace, "second"))
    assert engine.up().changes == {"unchanged": 2, "replaced": 1}

    after = cluster.get("batch/v1", "Job", "job", namespace)
    assert before is not None and after is not None
    assert before["metadata"]["uid"] != after["metadata"]["uid"]


def test_an_update_is_in_place_and_drops_what_the_program_drops(engine: Engine, namespace: str, cluster: Api) -> None:
    metadata = {"name": "settings", "namespace": namespace}
    source = "k8s.core.v1.ConfigMap('settings', metadata={}, data={}, opts=options)".format
    engine.program(source(metadata, {"kept": "1", "dropped": "1"}))
    assert engine.up().code == 0
    before = cluster.get("v1", "ConfigMap", "settings", namespace)

    engine.program(source(metadata, {"kept": "2"}))
    assert engine.up().changes == {"unchanged": 2, "updated": 1}

    after = cluster.get("v1", "ConfigMap", "settings", namespace)
    assert before is not None and after is not None
    assert after["data"] == {"kept": "2"}
    assert before["metadata"]["uid"] == after["metadata"]["uid"]


def test_refresh_sees_drift_and_a_conflict_is_an_error(engine: Engine, namespace: str, cluster: Api) -> None:
    engine.program(config_map(namespace, "ours"))
    assert engine.up().code == 0
    metadata = {"name": "settings", "namespace": namespace}
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": "theirs"}}
    cluster.apply(theirs, manager="somebody")

    assert engine.run("refresh", "--yes", "--skip-preview", "--expect-no-changes").code != 0
    update = engine.up()

    assert update.code != 0 and 'conflict with "somebody"' in update.text


def test_ignored_changes_keep_what_others_set(engine: Engine, namespace: str, cluster: Api) -> None:
    metadata = {"name": "settings", "namespace": namespace}
    source = (
        "k8s.core.v1.ConfigMap('settings', metadata={}, data={}, "
        "opts=pulumi.ResourceOptions(provider=provider, ignore_changes=['data.theirs']))"
    ).format
    engine.program(source(metadata, {"ours": "1", "theirs": "initial"}))
    assert engine.up().code == 0
    patch = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"theirs": "scaled"}}
    cluster.apply(patch, manager="somebody")

    engine.program(source(metadata, {"ours": "2", "theirs": "initial"}))
    done = engine.up()

    assert done.code == 0, done.text
    found = cluster.get("v1", "ConfigMap", "settings", namespace)
    assert found is not None and found["data"] == {"ours": "2", "theirs": "scaled"}


def test_secrets_never_stand_in_the_state_in_clear(engine: Engine, namespace: str, cluster: Api) -> None:
    metadata = {"name": "login", "namespace": namespace}
    engine.program(
        "password = pulumi_random.RandomPassword('password', length=24, special=False)\n"
        "data = {'password': password.result}\n"
        f"k8s.core.v1.Secret('login', metadata={metadata!r}, string_data=data, opts=options)\n"
        "url = pulumi.Output.concat('redis://:', password.result, '@host')\n"
        f"k8s.core.v1.ConfigMap('url', metadata={ {**metadata, 'name': 'url'}!r}, data={{'url': url}}, opts=options)\n"
    )

    assert engine.up().code == 0
    assert engine.run("refresh", "--yes", "--skip-preview", "--expect-no-changes").code == 0

    found = cluster.get("v1", "ConfigMap", "url", namespace)
    assert found is not None
    password = found["data"]["url"].removeprefix("redis://:").removesuffix("@host")
    secret = cluster.get("v1", "Secret", "login", namespace)
    assert len(password) == 24 and secret is not None
    state = engine.state()
    assert password not in state and secret["data"]["password"] not in state
    assert all(
        each["outputs"].get("__offline")
        for each in json.loads(state)["deployment"]["resources"]
        if each.get("custom") and "providers" not in each["type"]
    )


def test_a_preview_asks_the_server_only_about_what_can_be_there(engine: Engine, namespace: str, cluster: Api) -> None:
    later = "k8s.core.v1.Namespace('later', metadata={'name': 'not-there-yet'}, opts=options)\n"
    engine.program(later + config_map("not-there-yet") + job(namespace, "x"))
    assert engine.operations() == {"create": 5}
    assert cluster.list("batch/v1", "Job", namespace) == []

    metadata = {"name": "settings", "namespace": namespace}
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    spec = {"ports": [{"port": 99999}]}
    service = f"k8s.core.v1.Service('s', metadata={metadata!r}, spec={spec!r}, opts=options)\n"
    # One at a time: the engine may stop at the first refusal.
    for program, reason in (
        (service, "must be between 1 and 65535"),
        (config_map(namespace), 'configmaps "settings" already exists'),
    ):
        engine.program(program)
        refused = engine.run("preview")
        assert refused.code != 0
        assert reason in refused.text


def test_a_stack_may_bring_its_own_definition_and_objects_of_it(engine: Engine, cluster: Api) -> None:
    group = f"g{uuid.uuid4().hex[:6]}.example.org"
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    spec = {
        "group": group,
        "scope": "Cluster",
        "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
    }
    metadata = {"name": f"things.{group}"}
    engine.program(
        f"definition = dict(metadata={metadata!r}, spec={spec!r})\n"
        "crd = k8s.apiextensions.v1.CustomResourceDefinition('crd', **definition, opts=options)\n"
        f"k8s.apiextensions.CustomResource('thing', api_version='{group}/v1', kind='Thing', spec={{'size': 1}},\n"
        "    metadata={'name': 'thing'}, opts=pulumi.ResourceOptions(provider=provider, depends_on=[crd]))\n"
    )

    done = engine.up()
    assert done.code == 0, done.text
    found = cluster.get(f"{group}/v1", "Thing", "thing")
    assert found is not None and found["spec"] == {"size": 1}

    destroyed = engine.destroy()
    assert destroyed.code == 0, destroyed.text
    assert cluster.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"things.{group}") is None


def test_a_hundred_objects_take_seconds(engine: Engine, namespace: str) -> None:
    metadata = {"namespace": namespace}
    engine.program(
        "for i in range(100):\n"
        f"    k8s.core.v1.ConfigMap(f'c{{i}}', metadata={metadata!r}, data={{'key': str(i)}}, opts=options)\n"
    )
    done = engine.up()
    assert done.code == 0
    seconds = int(done.text.split("Duration:")[1].split("s")[0])
    assert seconds <= 20  # 4 on two idle cores
