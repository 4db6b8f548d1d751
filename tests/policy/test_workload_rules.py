"""Each rule finds what breaks it and lets pass what keeps it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, unknown_checking_proxy

from policy.manifests import Item, item_from
from policy.workload_rules import RULES

GOOD: dict[str, Any] = {
    "spec": {
        "template": {
            "spec": {
                "automountServiceAccountToken": False,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [
                    {
                        "name": "main",
                        "image": "mcp-platform/platform:1.2.3",
                        "env": [{"name": "PLAIN", "value": "yes"}],
                        "envFrom": [{"configMapRef": {"name": "settings"}}],
                        "resources": {
                            "requests": {"cpu": "1", "memory": "1Gi"},
                            "limits": {"cpu": "1", "memory": "1Gi"},
                        },
                        "securityContext": {
                            "allowPrivilegeEscalation": False,
                            "readOnlyRootFilesystem": True,
                            "capabilities": {"drop": ["ALL"]},
                        },
                    }
                ],
            }
        }
    }
}


def broken(change: Callable[[dict[str, Any], dict[str, Any]], Any]) -> Item:
    properties = copy.deepcopy(GOOD)
    pod = properties["spec"]["template"]["spec"]
    change(pod, pod["containers"][0])
    return Item("kubernetes:apps/v1:Deployment", "it", properties)


CASES: list[tuple[str, Callable[[dict[str, Any], dict[str, Any]], Any], str]] = [
    ("pods-are-restricted", lambda pod, _: pod.pop("securityContext"), "may run as root"),
    (
        "pods-are-restricted",
        lambda _, main: main["securityContext"].update(allowPrivilegeEscalation=True),
        "it/main may gain privileges: set allowPrivilegeEscalation to false",
    ),
    ("pods-are-restricted", lambda _, main: main["securityContext"].pop("capabilities"), "keeps capabilities"),
    ("pods-are-restricted", lambda _, main: main["securityContext"].pop("readOnlyRootFilesystem"), "may write"),
    (
        "tokens-are-not-mounted",
        lambda pod, _: pod.pop("automountServiceAccountToken"),
        "mounts a service-account token",
    ),
    ("images-do-not-float", lambda _, main: main.update(image="a/b:latest"), "it runs a/b:latest: name a digest"),
    ("images-do-not-float", lambda _, main: main.update(image="host:5000/a/b"), "name a digest"),
    (
        "secrets-are-files",
        lambda _, main: main["env"].append({"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s"}}}),
        "it/main has secret KEY in its environment: mount it as a file",
    ),
    ("secrets-are-files", lambda _, main: main["envFrom"].append({"secretRef": {"name": "s"}}), "a whole Secret"),
    ("resources-are-bounded", lambda _, main: main["resources"]["limits"].pop("cpu"), "it/main has no limits for cpu"),
]


@pytest.mark.parametrize("rule", RULES)
def test_a_good_workload_keeps_every_rule(rule: str) -> None:
    assert list(RULES[rule](Item("kubernetes:apps/v1:Deployment", "it", GOOD))) == []


@pytest.mark.parametrize(("rule", "change", "sentence"), CASES)
def test_a_breach_is_named(rule: str, change: Callable[[dict[str, Any], dict[str, Any]], Any], sentence: str) -> None:
    assert any(sentence in found for found in RULES[rule](broken(change)))


def test_a_cron_jobs_pod_is_looked_at_too() -> None:
    job = Item("kubernetes:batch/v1:CronJob", "it", {"spec": {"jobTemplate": {"spec": {"template": {"spec": {}}}}}})
    assert list(RULES["tokens-are-not-mounted"](job))


def test_an_ingress_with_a_snippet_is_named() -> None:
    properties = {"metadata": {"annotations": {"nginx.org/server-snippets": "return 200;"}}}
    (found,) = RULES["ingresses-have-no-snippets"](Item("kubernetes:networking.k8s.io/v1:Ingress", "it", properties))
    assert found == "it has annotation nginx.org/server-snippets: use the controller's own annotations"


def test_what_the_engine_hands_over_is_read_like_plain_objects() -> None:
    properties = copy.deepcopy(GOOD)
    properties["spec"]["template"]["spec"]["containers"][0]["image"] = "a/b:latest"
    properties["spec"]["replicas"] = UNKNOWN_NUMBER_VALUE
    handed = item_from("kubernetes:apps/v1:Deployment", "it", unknown_checking_proxy(properties))
    assert list(RULES["pods-are-restricted"](handed)) == []
    assert list(RULES["images-do-not-float"](handed)) == ["it runs a/b:latest: name a digest"]


def test_what_a_preview_does_not_know_yet_breaks_nothing() -> None:
    for rule in RULES.values():
        assert list(rule(Item("kubernetes:core/v1:Secret", "it", {"data": None}))) == []
