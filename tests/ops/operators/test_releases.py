"""Operators as they would be installed on a node: nothing is pulled, little is asked for, names are as needed."""

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from ops.local.operators import RELEASES
from ops.node.layout import DNS_ADDRESS, INSIDE, Layout
from ops.operators import prometheus
from ops.operators.install import Release
from ops.operators.storage import STORAGE_CLASS
from ops.operators.workshop import Workshop
from ops.toolchain.operators import OPERATOR_TOOLS
from tests.ops.operators.releases import SHELL, containers, rendered, workloads

MILLICORES = 200


@dataclass(frozen=True)
class Made:
    """Everything that is installed, and the workshop that it was made in."""

    shop: Workshop
    releases: list[Release]

    def named(self, name: str) -> Release:
        """One release."""
        return next(each for each in self.releases if each.name == name)

    def object(self, release: str, kind: str, name: str) -> dict[str, Any]:
        """One object."""
        return next(
            each for each in self.named(release).objects if (each["kind"], each["metadata"]["name"]) == (kind, name)
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every release, rendered once."""
    with pytest.MonkeyPatch.context() as patch:
        return Made(*rendered(tmp_path_factory.mktemp("operators"), patch))


def test_every_operator_is_made_and_each_has_its_own_entry_in_the_book(made: Made) -> None:
    names = [release.name for release in made.releases]
    assert names == [*RELEASES, prometheus.SERVER]
    assert len(names) == len(set(names))
    assert len({release.digest for release in made.releases}) == len(names)


def test_every_container_runs_an_image_that_is_loaded_and_never_asks_a_registry(made: Made) -> None:
    loaded = {image.reference for image in made.shop.built}
    for release in made.releases:
        for workload in workloads(release):
            for container in containers(workload):
                where = f"{release.name}: {workload['metadata']['name']}/{container['name']}"
                assert container["image"] in loaded, where
                assert container["imagePullPolicy"] == "IfNotPresent", where


def test_images_that_operators_give_to_pods_of_their_own_are_loaded_too(made: Made) -> None:
    loaded = {image.reference for image in made.shop.built}
    (manager,) = containers(made.object("cloudnative-pg", "Deployment", "cnpg-controller-manager"))
    variables = {each["name"]: each.get("value") for each in manager["env"]}
    assert variables["OPERATOR_IMAGE_NAME"] in loaded
    (operator,) = containers(made.object("prometheus", "Deployment", "prometheus-operator"))
    (reloader,) = [each for each in operator["args"] if each.startswith("--prometheus-config-reloader=")]
    assert reloader.partition("=")[2] in loaded
    assert made.object(prometheus.SERVER, "Prometheus", prometheus.NAME)["spec"]["image"] in loaded
    helper = yaml.safe_load(made.object("storage", "ConfigMap", "local-path-config")["data"]["helperPod.yaml"])
    assert {each["image"] for each in helper["spec"]["containers"]} == {SHELL}


def test_every_program_that_is_built_for_an_operator_is_in_an_image(made: Made) -> None:
    """The tiny files that stand for programs hold their names."""
    layers = b"".join(layer.path.read_bytes() for image in made.shop.built for layer in image.layers)
    for tool in (tool for tools in OPERATOR_TOOLS.values() for tool in tools):
        assert f"#!{tool.name}".encode() in layers


def test_no_two_images_have_one_name(made: Made) -> None:
    references = [image.reference for image in made.shop.built]
    assert len(references) == len(set(references))


def millicores(text: str) -> int:
    """A quantity of CPU."""
    return int(text.removesuffix("m")) if text.endswith("m") else round(float(text) * 1000)


def test_all_operators_together_ask_for_a_fraction_of_a_core(made: Made) -> None:
    asked = [
        millicores(container["resources"]["requests"]["cpu"]) * workload["spec"].get("replicas", 1)
        for release in made.releases
        for workload in workloads(release)
        for container in containers(workload)
    ]
    asked.append(
        millicores(made.object(prometheus.SERVER, "Prometheus", "prometheus")["spec"]["resources"]["requests"]["cpu"])
    )
    assert 0 < sum(asked) <= MILLICORES


def test_no_container_is_slowed_on_an_idle_machine_or_may_take_all_memory(made: Made) -> None:
    for release in made.releases:
        for workload in workloads(release):
            for container in containers(workload):
                assert set(container["resources"]["limits"]) == {"memory"}, workload["metadata"]["name"]


def test_nothing_lies_in_the_default_namespace_and_every_other_is_brought_along(made: Made) -> None:
    for release in made.releases:
        brought = {each["metadata"]["name"] for each in release.objects if each["kind"] == "Namespace"}
        used = {each["metadata"]["namespace"] for each in release.objects if "namespace" in each["metadata"]}
        used |= {
            subject["namespace"]
            for each in release.objects
            for subject in each.get("subjects") or []
            if "namespace" in subject
        }
        known = {"kube-system", "monitoring"} if release.name == prometheus.SERVER else {"kube-system"}
        assert used <= brought | known, release.name


def test_every_account_that_a_binding_names_is_made_where_it_is_named(made: Made) -> None:
    for release in made.releases:
        accounts = {
            (each["metadata"]["namespace"], each["metadata"]["name"])
            for each in release.objects
            if each["kind"] == "ServiceAccount"
        }
        for each in release.objects:
            for subject in each.get("subjects") or []:
                if subject["kind"] == "ServiceAccount" and subject["namespace"] != "kube-system":
                    assert (subject["namespace"], subject["name"]) in accounts, each["metadata"]["name"]


def test_coredns_is_served_where_kubelets_pods_ask_and_its_service_finds_its_pods(made: Made) -> None:
    service = made.object("coredns", "Service", "kube-dns")["spec"]
    pod = made.object("coredns", "Deployment", "coredns")["spec"]["template"]
    assert service["clusterIP"] == DNS_ADDRESS
    assert service["selector"].items() <= pod["metadata"]["labels"].items()
    assert {(each["port"], each["protocol"]) for each in service["ports"]} == {(53, "UDP"), (53, "TCP")}
    corefile = made.object("coredns", "ConfigMap", "coredns")["data"]["Corefile"]
    assert {f".:{each['targetPort']} {{" for each in service["ports"]} == {corefile.splitlines()[0]}
    assert min(each["targetPort"] for each in service["ports"]) > 1024
    assert "forward" not in corefile


def test_volumes_lie_in_the_nodes_data_and_their_class_is_the_one_that_the_database_asks_for(made: Made) -> None:
    configuration = made.object("storage", "ConfigMap", "local-path-config")["data"]["config.json"]
    (entry,) = yaml.safe_load(configuration)["nodePathMap"]
    assert entry["paths"] == [str(Layout(INSIDE).volumes)]
    assert made.object("storage", "StorageClass", STORAGE_CLASS)["provisioner"] == "rancher.io/local-path"


def unknown(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """Fields that a schema does not know."""
    if isinstance(value, list):
        return [each for item in value for each in unknown(item, schema["items"], f"{where}[]")]
    if not isinstance(value, dict) or schema.get("x-kubernetes-preserve-unknown-fields"):
        return []
    known, rest = schema.get("properties", {}), schema.get("additionalProperties")
    found: list[str] = []
    for name, each in value.items():
        below = known.get(name, rest)
        found += [f"{where}.{name}"] if below is None else unknown(each, below, f"{where}.{name}")
    return found


def test_the_prometheus_that_is_asked_for_has_no_field_that_its_operator_does_not_know(made: Made) -> None:
    definition = made.object("prometheus", "CustomResourceDefinition", "prometheuses.monitoring.coreos.com")
    (version,) = definition["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    asked = made.object(prometheus.SERVER, "Prometheus", prometheus.NAME)
    assert asked["apiVersion"] == f"{definition['spec']['group']}/{version['name']}"
    assert unknown(asked["spec"], schema) == []
    assert unknown({"replica": 1}, schema) == [".replica"]


def test_every_custom_resource_of_a_release_has_its_definition_in_an_earlier_one_or_its_own(made: Made) -> None:
    defined: set[str] = set()
    for release in made.releases:
        for each in release.objects:
            if each["kind"] == "CustomResourceDefinition":
                defined.add(each["spec"]["group"])
        groups = {each["apiVersion"].partition("/")[0] for each in release.objects if "/" in each["apiVersion"]}
        builtin = {group for group in groups if group.endswith(".k8s.io") or "." not in group}
        assert groups - builtin <= defined, release.name
