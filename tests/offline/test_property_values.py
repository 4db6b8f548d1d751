"""Values on the wire, differences between them, and what of a live object is an input."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline_plugins.diffing import changes, response, text
from offline_plugins.kubernetes import live
from offline_plugins.kubernetes.ignoring import parse, with_live
from offline_plugins.kubernetes.immutability import immutable
from offline_plugins.kubernetes.naming import AUTONAMED, with_name
from offline_plugins.kubernetes.settings import settings_from
from offline_plugins.randomness import draw_text
from offline_plugins.wire import UNKNOWN, Secret, conceal, decode, encode, has_unknown, reveal
from pulumi.runtime.proto import provider_pb2

leaves = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8) | st.just(UNKNOWN)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3) | st.builds(Secret, inner)
    ),
    max_leaves=12,
)
properties = st.dictionaries(st.text(max_size=5), values, max_size=4)


@given(properties)
def test_what_is_encoded_is_decoded_again(value: dict[str, Any]) -> None:
    assert decode(encode(value)) == value


@given(properties)
def test_a_value_does_not_differ_from_itself_unless_it_is_unknown(value: dict[str, Any]) -> None:
    assert bool(changes(value, value)) == _visible_unknown(reveal(value))


@given(properties)
def test_outputs_are_secret_wherever_inputs_are(value: dict[str, Any]) -> None:
    assert conceal(reveal(value), value) == _outermost_secrets(value)


def _outermost_secrets(value: Any) -> Any:
    match value:
        case Secret():
            return Secret(reveal(value))
        case dict():
            return {key: _outermost_secrets(each) for key, each in value.items()}
        case list():
            return [_outermost_secrets(each) for each in value]
        case _:
            return value


def _visible_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_visible_unknown(each) for key, each in value.items() if not key.startswith("__"))
    return any(map(_visible_unknown, value)) if isinstance(value, list) else has_unknown(value)


def test_differences_are_named_as_the_engine_names_them() -> None:
    old = {"spec": {"ports": [{"port": 1}], "gone": 1}, "metadata": {"labels": {"a.b/c": "1"}}}
    new = {"spec": {"ports": [{"port": 2}, {"port": 3}]}, "metadata": {"labels": {"a.b/c": "2"}}}
    assert {text(each.path): each.kind for each in changes(old, new)} == {
        "spec.ports[0].port": "UPDATE",
        "spec.ports[1]": "ADD",
        "spec.gone": "DELETE",
        'metadata.labels["a.b/c"]': "UPDATE",
    }


def test_a_replacement_is_told_with_its_property() -> None:
    found = response(changes({"a": 1, "b": 1}, {"a": 2, "b": 2}), lambda path: path == ("a",), delete_first=True)
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(each.kind) for path, each in found.detailedDiff.items()}
    assert kinds == {"a": "UPDATE_REPLACE", "b": "UPDATE"}
    assert list(found.replaces) == ["a"] and found.deleteBeforeReplace


@pytest.mark.parametrize(
    ("kind", "path", "replaced"),
    [
        (("batch/v1", "Job"), ("spec", "template", "spec", "containers", 0, "image"), True),
        (("batch/v1", "Job"), ("spec", "ttlSecondsAfterFinished"), False),
        (("apps/v1", "Deployment"), ("spec", "selector", "matchLabels", "app"), True),
        (("apps/v1", "Deployment"), ("spec", "template", "spec"), False),
        (("apps/v1", "Deployment"), ("spec",), True),
        (("v1", "Service"), ("spec", "clusterIP"), True),
        (("v1", "Service"), ("spec", "type"), False),
        (("v1", "Secret"), ("type",), True),
        (("keda.sh/v1alpha1", "ScaledObject"), ("metadata", "namespace"), True),
        (("keda.sh/v1alpha1", "ScaledObject"), ("metadata", "labels"), False),
    ],
)
def test_immutable_properties_replace(kind: tuple[str, str], path: tuple[str | int, ...], replaced: bool) -> None:
    assert immutable(*kind, path, mutable_data=True) is replaced


def test_contents_are_mutable_only_where_the_provider_says_so() -> None:
    assert immutable("v1", "ConfigMap", ("data", "key"), mutable_data=False)
    assert not immutable("v1", "ConfigMap", ("data", "key"), mutable_data=True)
    on = settings_from({"kubeconfig": "x", "enableConfigMapMutable": "true"})
    assert on.mutable_data("ConfigMap", frozen=False) and not on.mutable_data("ConfigMap", frozen=True)
    assert not on.mutable_data("Secret", frozen=False)


def test_a_chosen_name_is_kept() -> None:
    first = with_name({"metadata": {}}, {}, "Engine", b"seed")
    again = with_name({"metadata": {}}, first, "Engine", b"other seed")
    name = first["metadata"]["name"]
    assert name == again["metadata"]["name"] and name.startswith("engine-") and len(name) == len("engine-") + 8
    assert first["metadata"]["annotations"] == {AUTONAMED: "true"}
    assert with_name({"metadata": {"name": "given"}}, first, "Engine", b"")["metadata"] == {"name": "given"}


def test_a_secret_kept_by_text_shows_no_drift_and_stays_secret() -> None:
    inputs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": Secret({"a": "text"})}
    stored = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "uid": "1"}}
    stored["data"] = {"a": base64.b64encode(b"text").decode()}
    recorded = live.outputs(stored, inputs, "m")
    assert isinstance(recorded["data"], Secret) and isinstance(recorded["stringData"], Secret)
    assert changes(inputs, live.drifted(inputs, recorded, stored)) == []

    changed = {**stored, "data": {"a": base64.b64encode(b"other").decode()}}
    drift = live.drifted(inputs, recorded, changed)
    assert isinstance(drift["stringData"], Secret)
    assert [text(each.path) for each in changes(inputs, drift)] == ["stringData.a"]


def test_values_that_the_server_rewrote_have_not_drifted() -> None:
    inputs = {"kind": "X", "metadata": {}, "spec": {"cpu": "1000m", "items": [{"name": "a", "x": 1}], "off": False}}
    stored = {"kind": "X", "metadata": {}, "spec": {"cpu": "1", "items": [{"name": "a", "x": 1, "defaulted": True}]}}
    assert changes(inputs, live.drifted(inputs, stored, stored)) == []

    changed = {**stored, "spec": {**stored["spec"], "cpu": "2", "items": [{"name": "b"}, {"name": "a", "x": 1}]}}
    drift = changes(inputs, live.drifted(inputs, stored, changed))
    assert {text(each.path) for each in drift} >= {"spec.cpu", "spec.items[0].name"}


def test_what_others_add_is_no_drift_but_what_they_remove_is() -> None:
    inputs = {"kind": "X", "metadata": {}, "data": {"ours": "1", "also": "1"}}
    stored = {"kind": "X", "metadata": {}, "data": {"ours": "1", "theirs": "1"}}
    drift = changes(inputs, live.drifted(inputs, inputs, stored))
    assert [(text(each.path), each.kind) for each in drift] == [("data.also", "DELETE")]


def test_ignored_properties_take_their_live_values() -> None:
    assert parse('spec.ports[0]["a.b"]') == ("spec", "ports", 0, "a.b")
    manifest = {"spec": {"replicas": 1, "image": "new"}}
    assert with_live(manifest, {"spec": {"replicas": 5}}, ("spec", "replicas"))["spec"]["replicas"] == 5
    assert with_live(manifest, {"spec": {}}, ("spec", "replicas")) == {"spec": {"image": "new"}}


@given(st.integers(4, 40), st.booleans())
def test_a_drawn_password_keeps_its_rules(length: int, special: bool) -> None:
    drawn = draw_text({"length": length, "special": special, "minUpper": 2, "minNumeric": 1})
    assert len(drawn) == length
    assert sum(each.isupper() for each in drawn) >= 2 and any(map(str.isdigit, drawn))
    assert special or drawn.isalnum()
