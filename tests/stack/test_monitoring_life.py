"""A dedicated monitoring stack from nothing to nothing: real engine, real API server, no node; charts are recorded."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contract.outputs import ObservatoryOutputs, parse_observatory_outputs
from ops.controlplane.api import Api
from tests.stack.project import REPOSITORY, Project, Result

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

STACK = "monitoring"


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return Project.settings(STACK) | {"waiting": "off", "protection": "off"}


@pytest.fixture(scope="module")
def up(project: Project, settings: dict[str, Any]) -> Iterator[Result]:
    project.init(STACK)
    project.configure(STACK, settings)
    yield project.up(STACK, "--policy-pack", str(REPOSITORY / "policy"))
    if project.resources(STACK):
        project.destroy(STACK)


@pytest.fixture(scope="module")
def outputs(project: Project, up: Result) -> ObservatoryOutputs:
    return parse_observatory_outputs(project.outputs(STACK), STACK)


def test_it_comes_up_under_every_policy_and_a_second_up_changes_nothing(project: Project, up: Result) -> None:
    assert up.code == 0, up.output
    again = project.up(STACK)
    assert (again.code, again.counts()) == (0, {}), again.output


def test_what_a_region_is_to_be_given_is_where_the_outputs_say_and_not_in_clear_in_the_state(
    project: Project, cluster: Api, outputs: ObservatoryOutputs
) -> None:
    state, opened = project.state(STACK), project.resources(STACK, show_secrets=True)
    passwords = [each["outputs"]["result"] for each in opened if each["type"].endswith("RandomPassword")]
    found = [json.loads(each["plaintext"]) if isinstance(each, dict) else each for each in passwords]
    assert len(found) >= 2 * len(outputs.senders)
    assert not [each for each in found if each in state]
    for sender in outputs.senders.values():
        for ref in (sender.remote_write, sender.log_forward):
            secret = cluster.get("v1", "Secret", ref.name, ref.namespace)
            assert secret is not None and ref.key in secret["data"]


def test_one_region_more_changes_nothing_of_the_others(
    project: Project, settings: dict[str, Any], outputs: ObservatoryOutputs
) -> None:
    project.configure(STACK, settings | {"senders": [*outputs.senders, "us-east-2"]})
    more = project.up(STACK)
    assert more.code == 0, more.output
    assert set(more.operations) == {"create", "update"}
    assert {name for name in more.operations["create"] if "us-east-2" not in name} == set()
    assert set(more.operations["update"]) == {"remote-write-senders", "elasticsearch", "mcp-senders"}


def test_a_secret_that_only_a_region_reads_is_refused(project: Project, settings: dict[str, Any], up: Result) -> None:
    project.configure(STACK, settings, openaiApiKey="sk")
    refused = project.preview(STACK)
    assert refused.code != 0
    assert "mcp:openaiApiKey" in refused.output
    project.configure(STACK, settings)


def test_it_goes_in_one_run(project: Project, cluster: Api, up: Result) -> None:
    gone = project.destroy(STACK)
    assert gone.code == 0, gone.output
    assert project.resources(STACK) == []
    assert cluster.get("v1", "Secret", "remote-write-senders", "monitoring") is None
