"""Manifests show what a program makes, in the order it is made, and no secret."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
import yaml
from pulumi import Output, ResourceOptions
from pulumi.runtime import mocks
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, Secret
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs
from pulumi_random import RandomPassword

from infra.rendering.manifests import Manifest, manifests
from infra.rendering.recorder import Generated, Recorder, run_program
from infra.rendering.stacks import RenderingError

CLEAR = "in-the-clear"


def rendered(program: Callable[[], None], answers: mocks.Mocks | None = None) -> dict[str, Manifest]:
    recorder = Recorder(answers)
    run_program(recorder, program)
    return {each.path: each for each in manifests(recorder.made)}


def named(name: str, namespace: str | None = None) -> dict[str, Any]:
    return {"name": name} | ({"namespace": namespace} if namespace else {})


def test_every_value_of_a_secret_is_masked_and_its_keys_are_shown() -> None:
    def program() -> None:
        Secret("s", metadata=named("s", "a"), data={"one": "Y2xlYXI="}, string_data={"two": Output.secret(CLEAR)})

    document = rendered(program)["a/Secret-s.yaml"].document
    assert document["data"] == {"one": "bWFza2Vk"}
    assert document["stringData"] == {"two": "masked"}


def test_a_secret_is_masked_wherever_it_is_and_nothing_else_is() -> None:
    def program() -> None:
        ConfigMap("c", metadata=named("c", "a"), data={"open": "shown", "sealed": Output.secret(CLEAR)})
        Release(
            "chart",
            chart="web",
            version="1.2.3",
            namespace="a",
            repository_opts=RepositoryOptsArgs(repo="https://charts.example.org"),
            values={"open": ["shown", {"sealed": Output.secret(CLEAR)}], "whole": Output.secret({"a": CLEAR, "b": 1})},
        )

    files = rendered(program)
    assert files["a/ConfigMap-c.yaml"].document["data"] == {"open": "shown", "sealed": "masked"}
    chart = files["_charts/chart.yaml"]
    assert yaml.safe_load(chart.text) == {
        "name": "chart",
        "namespace": "a",
        "chart": "web",
        "version": "1.2.3",
        "repository": "https://charts.example.org",
        "values": {"open": ["shown", {"sealed": "masked"}], "whole": {"a": "masked", "b": "masked"}},
    }
    assert not chart.is_object
    assert not any(CLEAR in each.text for each in files.values())


class OtherPasswords(Generated):
    """A generator that generates something else."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        name, outputs = super().new_resource(args)
        return name, outputs | ({"result": "something else"} if "result" in outputs else {})


def test_a_generated_password_does_not_matter() -> None:
    def program() -> None:
        password = Output.secret(RandomPassword("p", length=8).result)
        Secret("s", metadata=named("s", "a"), string_data={"url": Output.concat("redis://:", password, "@host")})

    def texts(answers: mocks.Mocks) -> dict[str, str]:
        return {path: each.text for path, each in rendered(program, answers).items()}

    assert texts(Generated()) == texts(OtherPasswords())


def test_what_an_object_waits_for_comes_in_an_earlier_wave() -> None:
    class Component(pulumi.ComponentResource):
        def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
            super().__init__("test:index:Component", name, None, opts)
            ConfigMap(f"{name}-map", metadata=named(name, "a"), opts=ResourceOptions(parent=self))

    def program() -> None:
        namespace = Namespace("a", metadata=named("a"))
        first = Component("first", ResourceOptions(depends_on=[namespace]))
        Component("second", ResourceOptions(depends_on=[first]))

    files = rendered(program)
    order = ["_cluster/Namespace-a.yaml", "a/ConfigMap-first.yaml", "a/ConfigMap-second.yaml"]
    assert list(files) == order
    waves = [files[path].wave for path in order]
    assert waves == sorted(set(waves))


def test_two_resources_that_are_one_object_are_refused() -> None:
    def program() -> None:
        for name in ("one", "two"):
            ConfigMap(name, metadata=named("same", "a"))

    with pytest.raises(RenderingError, match="a/ConfigMap-same too: rename one"):
        rendered(program)


def test_kinds_of_one_name_in_two_groups_are_two_files() -> None:
    def program() -> None:
        for group in ("one.example.org", "two.example.org"):
            CustomResource(group, api_version=f"{group}/v1", kind="Cluster", metadata=named("c", "a"), spec={})

    assert set(rendered(program)) == {f"a/Cluster.{group}.example.org-c.yaml" for group in ("one", "two")}


def test_text_stays_text_and_whole_numbers_whole_for_every_reader_of_yaml() -> None:
    data = {"exponent": "1e3", "octal": "0o17", "truth": "yes", "lines": "a\nb\n", "number": "8000"}

    def program() -> None:
        spec = {"replicas": 3, "share": 0.5}
        CustomResource("x", api_version="e.org/v1", kind="X", metadata=named("x", "a"), spec=spec | data)

    text = rendered(program)["a/X-x.yaml"].text
    assert yaml.safe_load(text)["spec"] == data | {"replicas": 3, "share": 0.5}
    assert "exponent: '1e3'" in text
    assert "octal: '0o17'" in text
    assert "replicas: 3\n" in text
    assert "lines: |\n" in text
