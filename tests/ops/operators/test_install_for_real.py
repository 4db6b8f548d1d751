"""A small made-up operator on a real API server: its definition is served before it is used, and all of it goes."""

import pytest

from contract.names import Namespace
from ops.controlplane.api import APPLY, Api, Json
from ops.operators import dns, prometheus
from ops.operators.install import Release, install, installed, remove
from tests.ops.operators.releases import pulling

pytestmark = pytest.mark.stack
GROUP = "made-up.example.org"
SCHEMA: Json = {"type": "object", "description": "a widget", "properties": {"spec": {"type": "object"}}}
NAMES = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
DEFINITION: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"widgets.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": NAMES,
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}],
    },
}


def release(**settings: str) -> Release:
    """The made-up operator, its objects in an order that would not work."""
    metadata = {"namespace": "default", "name": "made-up"}
    rules = [{"apiGroups": [GROUP], "resources": ["widgets"], "verbs": ["get"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules}
    return Release.of(
        "made-up",
        "1.0",
        [
            {"apiVersion": f"{GROUP}/v1", "kind": "Widget", "metadata": metadata, "spec": {}},
            role,
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": settings},
            DEFINITION,
        ],
    )


def settings(api: Api) -> object:
    """What the operator is told, or None where it is not there."""
    found = api.get("v1", "ConfigMap", "made-up", "default")
    return None if found is None else found.get("data")


def test_an_operator_is_installed_changed_and_removed_and_others_stay_in_the_book(cluster: Api) -> None:
    said: list[str] = []
    other = Release("other", "1", ())
    try:
        install(cluster, [release(size="small"), other], said.append)
        assert said == ["installing made-up, other"]
        assert cluster.get(f"{GROUP}/v1", "Widget", "made-up", "default") is not None
        assert cluster.get("rbac.authorization.k8s.io/v1", "Role", "made-up", "default") is not None
        assert settings(cluster) == {"size": "small"}

        install(cluster, [release(size="large")], said.append)
        assert settings(cluster) == {"size": "large"}
        assert installed(cluster) == {"made-up": release(size="large").digest, "other": other.digest}
    finally:
        remove(cluster, release())
    assert installed(cluster) == {"other": other.digest}
    assert settings(cluster) is None
    assert cluster.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"widgets.{GROUP}") is None
    remove(cluster, other)
    assert installed(cluster) == {}


def test_what_is_written_here_and_in_no_module_is_known_to_the_api_server_field_by_field(cluster: Api) -> None:
    """Asked to apply it without doing so; an unknown or misspelt field is refused. It serves no Prometheus."""
    shop = pulling()
    query = {"fieldManager": "test", "force": "true", "fieldValidation": "Strict", "dryRun": "All"}
    for each in (*dns.release(shop).objects, *prometheus.server(shop).objects):
        if each["metadata"].get("namespace") == Namespace.MONITORING:
            each["metadata"]["namespace"] = "default"
        if each["kind"] != "Prometheus":
            cluster.request("PATCH", cluster.path_of(each), each, query, APPLY)
