"""A real API server, with ECK's own definitions, takes every object of the log system, and knows every field."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from infra.catalogue import read_catalogue
from infra.region import Region, RegionArgs
from infra.rendering.recorder import Made, Recorder, run_program
from infra.settings import parse
from ops.controlplane.api import Api, ApiError
from tests.stack.project import REPOSITORY

NAMESPACE = "logging"
GONE_SECONDS = 30.0
STRICT = {"dryRun": "All", "fieldValidation": "Strict"}


@pytest.fixture(scope="module")
def namespace(cluster: Api) -> Iterator[str]:
    """The namespace, gone afterwards: stacks of other tests make it themselves."""
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    yield NAMESPACE
    cluster.delete("v1", "Namespace", NAMESPACE)
    end = time.monotonic() + GONE_SECONDS
    while cluster.get("v1", "Namespace", NAMESPACE) is not None:
        assert time.monotonic() < end, f"namespace {NAMESPACE} is still there"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def objects() -> Callable[..., list[Made]]:
    """Objects of namespace ``logging`` for stack ``prod`` with other values in its section."""

    def make(**logging: Any) -> list[Made]:
        stack = yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text(encoding="utf-8"))
        settings = parse(stack["config"]["mcp:settings"] | {"logging": logging})
        recorder = Recorder()

        def program() -> None:
            Region("us-east-1", RegionArgs(settings=settings, catalogue=read_catalogue("roles")))

        run_program(recorder, program)
        return [each for each in recorder.made if each.key[1] == NAMESPACE]

    return make


def tried(cluster: Api, manifest: dict[str, Any]) -> None:
    """Create it without keeping it. Raises :class:`ApiError` for a field that the server does not know."""
    kind = cluster.kind(manifest["apiVersion"], manifest["kind"])
    cluster.request("POST", kind.path(manifest["metadata"]["namespace"]), manifest, STRICT)


@pytest.mark.parametrize(
    "logging", [{}, {"nodes": 1, "dedicatedNodes": False}, {"forward": "logs.example.com", "zoneAware": False}]
)
@pytest.mark.usefixtures("namespace")
def test_every_object_is_accepted(cluster: Api, objects: Callable[..., list[Made]], logging: dict[str, Any]) -> None:
    made = objects(**logging)
    kinds = {each.kind for each in made}
    assert {"Elasticsearch", "Kibana", "DaemonSet", "Job", "Secret", "Ingress"} <= kinds
    for each in made:
        tried(cluster, each.inputs)


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Elasticsearch", ("spec", "auth")),
        ("Kibana", ("spec", "elasticsearchRef")),
        ("DaemonSet", ("spec", "template", "spec")),
    ],
)
def test_a_misspelt_field_would_not_be(
    cluster: Api, objects: Callable[..., list[Made]], kind: str, path: tuple[str, ...]
) -> None:
    (made,) = [each for each in objects() if each.kind == kind]
    below = made.inputs
    for part in path:
        below = below[part]
    below["fileRealms"] = []
    with pytest.raises(ApiError, match="unknown field"):
        tried(cluster, made.inputs)
