"""Operators are installed in an order that works, once, and taken away in reverse. A stand-in for the API server."""

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from ops.controlplane.api import Api, ApiError, Json
from ops.operators import install as module
from ops.operators.failure import OperatorError
from ops.operators.install import BOOK, LAST, ORDER, Release, install, installed, remove
from tests.ops.operators.pretended import DEFINITION, Pretended, deployment, made, settle, webhook

OBJECTS = (
    webhook("hook"),
    made("Widget", "first"),
    deployment("manager"),
    made("APIService", "v1.example.org", None),
    made("Role", "reader"),
    made("Secret", "login"),
    made("ConfigMap", "settings"),
    made("ServiceAccount", "manager"),
    made(DEFINITION, "widgets.example.org", None),
    made("Namespace", "operator", None),
)
RELEASE = Release("widgets", "1.0", OBJECTS)
OTHER = Release("gadgets", "2.0", (made("ConfigMap", "gadget"),))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that goes on only while the code under test pauses."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(module, "time", clock)
    return now


def client(pretended: Pretended) -> Api:
    """The stand-in as what the code takes it for."""
    return cast("Api", pretended)


def installing(pretended: Pretended, *releases: Release) -> list[str]:
    """Install; what was said."""
    said: list[str] = []
    install(client(pretended), releases, said.append)
    return said


def kinds(names: list[str]) -> list[str]:
    """Kinds of what was applied or deleted, without the book."""
    return [name.partition(" ")[0] for name in names if name != f"ConfigMap {BOOK[1]}"]


def test_what_others_need_comes_first_and_what_calls_the_operator_last() -> None:
    pretended = Pretended()
    installing(pretended, RELEASE)
    order = kinds(pretended.applied)
    assert order[: len(ORDER)] == ["Namespace", DEFINITION, "ServiceAccount", "ConfigMap", "Secret"]
    assert order[-2:] == ["APIService", "ValidatingWebhookConfiguration"]
    assert set(order[len(ORDER) : -2]) == {"Widget", "Deployment", "Role"}


def test_of_two_operators_the_definitions_of_both_come_before_either_needs_them() -> None:
    needs_others = Release("later", "1", (made("Widget", "second"), made("Namespace", "later", None)))
    pretended = Pretended()
    installing(pretended, needs_others, RELEASE)
    assert pretended.applied.index(f"{DEFINITION} widgets.example.org") < pretended.applied.index("Widget second")


def test_no_custom_resource_is_applied_before_its_definition_is_established() -> None:
    pretended = Pretended("widgets.example.org")
    with pytest.raises(OperatorError, match=r"CustomResourceDefinition widgets\.example\.org was not established"):
        installing(pretended, RELEASE)
    assert not [name for name in pretended.applied if name.startswith("Widget")]
    assert installed(client(pretended)) == {}


def test_a_definition_that_is_so_new_that_nothing_is_known_of_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API server gives ``null`` for its conditions then."""
    pretended = Pretended("widgets.example.org")
    apply = pretended.apply

    def slow(manifest: Json, manager: str) -> Json:
        live = apply(manifest, manager)
        if manifest["kind"] == DEFINITION:
            live["status"] = {"conditions": None}
        return live

    def established(seconds: float) -> None:
        live = pretended.objects[DEFINITION, "widgets.example.org", None]
        settle(live)
        sleep(seconds)

    sleep = module.time.sleep
    monkeypatch.setattr(pretended, "apply", slow)
    monkeypatch.setattr(module.time, "sleep", established)
    installing(pretended, RELEASE)
    assert "Widget first" in pretended.applied


def test_the_digest_changes_with_any_object_and_with_nothing_else() -> None:
    changed = copy.deepcopy(OBJECTS)
    changed[2]["spec"]["replicas"] = 2
    assert replace(RELEASE, objects=changed).digest != RELEASE.digest
    assert replace(RELEASE, objects=OBJECTS[1:]).digest != RELEASE.digest
    assert replace(RELEASE, objects=copy.deepcopy(OBJECTS)).digest == RELEASE.digest
    reordered = tuple({name: each[name] for name in reversed(each)} for each in OBJECTS)
    assert replace(RELEASE, objects=reordered).digest == RELEASE.digest


def test_definitions_lose_descriptions_of_schemas_and_other_objects_nothing() -> None:
    schema: Json = {"description": "long", "properties": {"description": {"type": "string", "description": "long"}}}
    definition = made(
        DEFINITION, "widgets.example.org", None, spec={"versions": [{"schema": {"openAPIV3Schema": schema}}]}
    )
    settings = made("ConfigMap", "settings", data={"description": "kept"})
    release = Release.of("widgets", "1.0", [definition, settings])
    slim = release.objects[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert slim == {"properties": {"description": {"type": "string"}}}
    assert release.objects[1] == settings
    assert (release.name, release.version) == ("widgets", "1.0")


def test_what_is_there_as_it_should_be_is_left_alone() -> None:
    pretended = Pretended()
    installing(pretended, RELEASE)
    pretended.applied.clear()
    assert installing(pretended, RELEASE) == []
    assert pretended.applied == [f"ConfigMap {BOOK[1]}"]


def test_an_operator_that_somebody_deleted_is_installed_again_whatever_the_book_says() -> None:
    pretended, release = Pretended(), Release("keda", "1", (made("ConfigMap", "settings"), deployment("keda-operator")))
    installing(pretended, release)
    gone = release.objects[1]["metadata"]
    pretended.delete("apps/v1", "Deployment", gone["name"], gone.get("namespace"))
    installing(pretended, release)
    assert pretended.applied.count("Deployment keda-operator") == 2


def test_only_what_changed_is_applied_again_and_others_entries_are_kept() -> None:
    pretended = Pretended()
    installing(pretended, RELEASE, OTHER)
    pretended.applied.clear()
    changed = Release("gadgets", "2.1", (made("ConfigMap", "gadget", data={"a": "b"}),))
    assert installing(pretended, changed) == ["installing gadgets"]
    assert pretended.applied == ["ConfigMap gadget", f"ConfigMap {BOOK[1]}"]
    assert installed(client(pretended)) == {"widgets": RELEASE.digest, "gadgets": changed.digest}


def test_what_did_not_get_ready_is_not_in_the_book_and_said_with_what_it_waits_for(impatient: list[float]) -> None:
    pretended = Pretended("manager")
    said: list[str] = []
    with pytest.raises(OperatorError) as late:
        install(client(pretended), (RELEASE,), said.append)
    assert str(late.value) == (
        "widgets was not ready after 180 s, it waits for Deployment manager: see `make status`, "
        "then run `make up` again."
    )
    assert said[-1] == "widgets: waiting for Deployment manager"
    assert installed(client(pretended)) == {}
    assert impatient[0] == pytest.approx(module.READY_SECONDS, abs=1)


def test_a_refusal_by_a_webhook_that_does_not_serve_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [ApiError(500, "InternalError", 'failed calling webhook "v1": connection refused')] * 3
    pretended = Pretended()
    apply = pretended.apply

    def refusing(manifest: Json, manager: str) -> Json:
        if manifest["kind"] == "Widget" and refusals:
            raise refusals.pop()
        return apply(manifest, manager)

    monkeypatch.setattr(pretended, "apply", refusing)
    installing(pretended, RELEASE)
    assert pretended.applied.count("Widget first") == 1


def test_a_kind_that_the_api_server_does_not_list_yet_is_asked_for_again(
    impatient: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so a moment after it calls the definition established."""
    pretended = Pretended()
    pretended.unserved.add("Widget")
    sleep = module.time.sleep

    def later(seconds: float) -> None:
        sleep(seconds)
        if impatient[0] >= 5:
            pretended.unserved.clear()

    monkeypatch.setattr(module.time, "sleep", later)
    installing(pretended, RELEASE)
    assert "Widget first" in pretended.applied


def test_a_kind_that_nobody_defines_is_refused_by_name(impatient: list[float]) -> None:
    pretended = Pretended()
    pretended.unserved.add("Widget")
    with pytest.raises(OperatorError, match=r"^Widget first was refused: the API server does not serve "):
        installing(pretended, RELEASE)
    assert impatient[0] == pytest.approx(module.SERVED_SECONDS, abs=1)


@pytest.mark.parametrize(
    ("message", "seconds"), [("spec.size: Required value", 0), ("failed calling webhook: refused", 180)]
)
def test_any_other_refusal_is_said_at_once_and_a_webhooks_after_the_deadline(
    message: str, seconds: float, impatient: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretended = Pretended()
    apply = pretended.apply

    def refusing(manifest: Json, manager: str) -> Json:
        if manifest["kind"] == "Role":
            raise ApiError(422, "Invalid", message)
        return apply(manifest, manager)

    monkeypatch.setattr(pretended, "apply", refusing)
    with pytest.raises(OperatorError, match=f"^Role reader was refused: {message}$"):
        installing(pretended, RELEASE)
    assert impatient[0] == pytest.approx(seconds, abs=1)


def ready(release: Release = RELEASE) -> Pretended:
    """A cluster on which a release serves."""
    pretended = Pretended()
    installing(pretended, release)
    return pretended


def missing(pretended: Pretended) -> str | None:
    """What the release still waits for there."""
    return module._missing(client(pretended), RELEASE)


def test_where_everything_serves_nothing_is_missing() -> None:
    assert missing(ready()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"status": {"observedGeneration": 0, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}},
        {"status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1}},
        {"status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 1}},
        {"status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 0, "availableReplicas": 1}},
        {"status": {}},
    ],
    ids=["not seen yet", "not available", "an old pod is still there", "not updated", "nothing known"],
)
def test_a_deployment_is_waited_for_until_all_its_pods_are_new_and_available(change: dict[str, Any]) -> None:
    pretended = ready()
    pretended.objects["Deployment", "manager", "operator"] |= change
    assert missing(pretended) == "Deployment manager"


def test_an_aggregated_api_is_waited_for_until_it_is_available() -> None:
    pretended = ready()
    service = pretended.objects["APIService", "v1.example.org", None]
    service["status"] = {"conditions": [{"type": "Available", "status": "False"}]}
    assert missing(pretended) == "API v1.example.org"


def test_a_webhook_is_waited_for_until_each_of_its_hooks_has_its_authority() -> None:
    release = Release("hooks", "1", (webhook("hook", 2),))
    pretended = ready(release)
    assert module._missing(client(pretended), release) is None
    del pretended.objects["ValidatingWebhookConfiguration", "hook", None]["webhooks"][1]["clientConfig"]["caBundle"]
    waits = module._missing(client(pretended), release)
    assert waits == "the certificate of ValidatingWebhookConfiguration hook"


@pytest.mark.parametrize("kind", ["Deployment", "Prometheus", *LAST])
def test_what_somebody_deleted_is_missing(kind: str) -> None:
    each = webhook("gone") if kind.endswith("Configuration") else deployment("gone")
    release = Release("gone", "1", (each | {"kind": kind},))
    found = module._missing(client(Pretended()), release)
    assert found is not None and found.endswith("gone")


def test_an_api_server_that_does_not_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An aggregated API that begins to serve may end a connection."""
    pretended = ready()

    def broken(*_: object) -> None:
        raise httpx.RemoteProtocolError("closed")

    monkeypatch.setattr(pretended, "get", broken)
    assert missing(pretended) == "the API server"


def test_an_operator_is_removed_in_reverse_and_struck_from_the_book() -> None:
    pretended = ready()
    installing(pretended, OTHER)
    remove(client(pretended), RELEASE)
    order = kinds(pretended.deleted)
    assert order[:2] == ["ValidatingWebhookConfiguration", "APIService"]
    assert order[-2:] == [DEFINITION, "Namespace"]
    assert len(order) == len(OBJECTS)
    assert installed(client(pretended)) == {"gadgets": OTHER.digest}
    assert {name for _, name, _ in pretended.objects} == {"gadget", BOOK[1]}


def test_what_is_not_served_any_more_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = ready()
    pretended.unserved.add("Widget")
    remove(client(pretended), RELEASE)
    assert installed(client(pretended)) == {}


def test_an_object_that_stays_is_named_and_the_operator_stays_in_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = ready()
    monkeypatch.setattr(pretended, "delete", lambda *_: None)
    with pytest.raises(OperatorError, match=r"of widgets is still there after 60 s: delete the custom resources"):
        remove(client(pretended), RELEASE)
    assert installed(client(pretended)) == {"widgets": RELEASE.digest}


def test_a_cluster_where_nothing_was_installed_has_an_empty_book() -> None:
    assert installed(client(Pretended())) == {}
