"""A real API server with the operators' definitions takes every object and admits every pod at its namespace's level.

Not seen here: webhooks of operators, which do not run, and the pods that operators make of custom resources.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ops.controlplane.api import APPLY, Api, ApiError
from tests.lint.pods import pod_of
from tests.lint.rendered import REGIONS, STACKS, Objects, identity

pytestmark = pytest.mark.stack

PREREQUISITES = ("Namespace", "PriorityClass", "ServiceAccount", "ResourceQuota", "LimitRange")
"""What admission of another object looks up: made for real, in this order; all else is tried only."""
BROUGHT = ("cert-manager",)
"""Namespaces of operators that a cluster brings, in which a stack leaves something for them."""
DRY = {"dryRun": "All", "fieldValidation": "Strict"}
APPLIED = DRY | {"fieldManager": "mcp-platform", "force": "true"}


@pytest.fixture(scope="module", params=STACKS)
def prepared(request: pytest.FixtureRequest, cluster: Api, stacks: Mapping[str, Objects]) -> Iterator[Objects]:
    """A stack, and on the server what its objects and pods need to be admitted. Namespaces stay for the next one."""
    objects = stacks[request.param]
    made = sorted(
        (each for each in objects.documents.values() if each["kind"] in PREREQUISITES),
        key=lambda each: PREREQUISITES.index(each["kind"]),
    )
    for each in [*map(namespace, BROUGHT), *made]:
        cluster.apply(each)
    yield objects
    for each in reversed(made):
        if each["kind"] != "Namespace":
            metadata = each["metadata"]
            cluster.delete(each["apiVersion"], each["kind"], metadata["name"], metadata.get("namespace"))


def namespace(name: str) -> dict[str, Any]:
    """A namespace without any label."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def applied(cluster: Api, document: dict[str, Any]) -> str | None:
    """Try a server-side apply; what the server objects to."""
    try:
        cluster.request("PATCH", cluster.path_of(document), document, APPLIED, APPLY)
    except ApiError as error:
        return f"{identity(document)}: {error}"
    return None


def created(cluster: Api, pod: dict[str, Any]) -> str | None:
    """Try to make a pod; what the server objects to."""
    try:
        cluster.request("POST", cluster.kind("v1", "Pod").path(pod["metadata"]["namespace"]), pod, DRY)
    except ApiError as error:
        return str(error)
    return None


def test_every_object_is_accepted(prepared: Objects, cluster: Api) -> None:
    refusals = [said for each in prepared.documents.values() if (said := applied(cluster, each))]
    assert not refusals, "\n".join(refusals)


def test_every_pod_is_admitted_at_the_level_of_its_namespace(prepared: Objects, cluster: Api) -> None:
    pods = {identity(each): pod for each in prepared.documents.values() if (pod := pod_of(each))}
    assert pods
    refusals = [f"{name}: {said}" for name, pod in pods.items() if (said := created(cluster, pod))]
    assert not refusals, "\n".join(refusals)


def first(objects: Objects, kind: str) -> dict[str, Any]:
    found = [each for each in objects.documents.values() if each["kind"] == kind]
    if not found and objects.stack not in REGIONS:
        pytest.skip(f"a monitoring stack has no {kind}")
    return found[0]


@pytest.mark.parametrize(
    ("kind", "change", "complaint"),
    [
        ("Deployment", {"replica": 3}, "field not declared in schema"),
        ("NetworkPolicy", {"policyTypes": ["Inwards"]}, "Unsupported value"),
        ("Cluster", {"instances": 0}, "should be greater than or equal to 1"),
        ("ScaledObject", {"maxReplicas": 3}, "field not declared in schema"),
    ],
)
def test_a_wrong_object_is_refused(
    prepared: Objects, cluster: Api, kind: str, change: dict[str, Any], complaint: str
) -> None:
    good = first(prepared, kind)
    assert complaint in str(applied(cluster, good | {"spec": good["spec"] | change}))


def test_a_pod_that_wants_too_much_is_refused(prepared: Objects, cluster: Api) -> None:
    if prepared.stack not in REGIONS:
        pytest.skip("a monitoring stack has no quota")
    pod = pod_of(prepared.documents["mcp-orchestration/Deployment-orchestration-engine.yaml"])
    assert pod is not None
    assert "violates PodSecurity" in str(created(cluster, pod | {"spec": pod["spec"] | {"hostNetwork": True}}))
    greedy = [each | {"resources": {"limits": {"cpu": "999", "memory": "1Gi"}}} for each in pod["spec"]["containers"]]
    assert "exceeded quota" in str(created(cluster, pod | {"spec": pod["spec"] | {"containers": greedy}}))
