"""What holds for every object of a region, whatever the stack."""

from collections.abc import Callable
from typing import Any

import pytest

from contract.annotations import POLICY_EXEMPT
from contract.names import Namespace, Priority, SecretName

CLUSTER_WIDE = {"Namespace", "ClusterIssuer", "PriorityClass", "ClusterRole", "ClusterRoleBinding", "StorageClass"}


@pytest.fixture(params=["local", "prod"])
def region(request: pytest.FixtureRequest) -> list[Any]:
    return request.getfixturevalue(request.param)


def pods(region: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(each.name, each.pod["spec"]) for each in region if each.pod is not None]


def test_every_pod_is_restricted_and_has_no_token(region: list[Any]) -> None:
    exempt = {each.name for each in region if POLICY_EXEMPT in each.inputs.get("metadata", {}).get("annotations", {})}
    assert exempt & {name for name, _ in pods(region)} <= {"fluentd", "config-backup"}
    for name, spec in pods(region):
        if name in exempt:
            continue
        context = spec["securityContext"]
        assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (1000, 1000, 1000), name
        assert context["runAsNonRoot"] is True
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name


def test_every_container_has_requests_and_limits(region: list[Any]) -> None:
    for name, spec in pods(region):
        for container in spec["containers"]:
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}, name
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name


def test_every_server_has_both_probes(region: list[Any]) -> None:
    for name, spec in pods(region):
        for container in spec["containers"]:
            if container.get("ports"):
                assert container["livenessProbe"], name
                assert container["readinessProbe"], name


def test_no_secret_is_an_environment_variable(region: list[Any]) -> None:
    for name, spec in pods(region):
        for container in spec["containers"]:
            assert all("secretKeyRef" not in each.get("valueFrom", {}) for each in container.get("env", [])), name
            assert all("secretRef" not in source for source in container.get("envFrom", [])), name


def test_every_pod_says_what_it_gives_way_to(region: list[Any]) -> None:
    classes = {each.key[2] for each in region if each.kind == "PriorityClass"}
    assert classes == set(Priority)
    for name, spec in pods(region):
        assert spec["priorityClassName"] in classes, name


def test_no_workload_that_an_autoscaler_owns_has_replicas(region: list[Any]) -> None:
    scaled = {each.inputs["spec"]["scaleTargetRef"]["name"] for each in region if each.kind == "ScaledObject"}
    deployments = {each.key[2]: each.inputs["spec"] for each in region if each.kind == "Deployment"}
    assert scaled == set(deployments) - {"redis-proxy"}
    assert all("replicas" not in deployments[name] for name in scaled)


def test_every_workload_survives_a_drain(region: list[Any]) -> None:
    budgets = {
        (each.key[1], each.inputs["spec"]["selector"]["matchLabels"]["app"])
        for each in region
        if each.kind == "PodDisruptionBudget"
    }
    servers = {
        (each.key[1], each.pod["metadata"]["labels"]["app"])
        for each in region
        if each.kind in ("Deployment", "StatefulSet")
    }
    assert budgets == servers


def test_what_a_pod_mounts_exists(region: list[Any]) -> None:
    there = {each.key for each in region}
    if any(each.kind == "Elasticsearch" for each in region):
        there.add(("Secret", "logging", SecretName.LOG_AUTHORITY))  # ECK makes it
    for each in region:
        if each.pod is None:
            continue
        for volume in each.pod["spec"].get("volumes", []):
            if "configMap" in volume:
                assert ("ConfigMap", each.key[1], volume["configMap"]["name"]) in there, each.name
            if "secret" in volume:
                assert ("Secret", each.key[1], volume["secret"]["secretName"]) in there, each.name
        for container in each.pod["spec"]["containers"]:
            for source in container.get("envFrom", []):
                assert ("ConfigMap", each.key[1], source["configMapRef"]["name"]) in there, each.name


def test_every_file_that_a_variable_names_is_mounted(region: list[Any]) -> None:
    for name, spec in pods(region):
        for container in spec["containers"]:
            mounts = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
            for variable in container.get("env", []):
                if variable["name"].endswith(("_FILE", "_DIR")):
                    assert any(variable["value"].startswith(path) for path in mounts), (name, variable)


def test_every_namespaced_object_is_in_a_namespace_of_the_region(region: list[Any]) -> None:
    namespaces = {each.key[2] for each in region if each.kind == "Namespace"}
    assert namespaces >= set(Namespace)
    for each in region:
        if each.kind and each.kind not in CLUSTER_WIDE:
            assert each.key[1] in namespaces, each.name


@pytest.mark.parametrize("absent", [(), ("prometheus",), ("certManager", "keda")])
def test_no_component_is_empty(
    region_of: Callable[..., list[Any]], local_document: Callable[[], dict[str, Any]], absent: tuple[str, ...]
) -> None:
    """The lock on destruction comes after what components make; one that makes nothing would go before the refusal."""
    document = local_document()
    document["cluster"]["operators"] |= dict.fromkeys(absent, "none")
    off = {"monitoring": {"enabled": "off"}, "backup": {"enabled": "off"}} if absent else {}
    made = region_of(document | off)
    parents = {parent for each in made for parent in each.urn.split("::")[-2].split("$")[:-1]}
    assert {each.type for each in made if each.type.startswith("mcp:")} <= parents


def test_no_object_is_made_twice(region: list[Any]) -> None:
    keys = [each.key for each in region if each.kind]
    assert len(keys) == len(set(keys))
