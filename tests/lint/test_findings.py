"""Nothing that kube-score calls critical and Trivy high is rendered without a written reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.toolchain.tool import ToolName
from tests.lint.findings import Finding, findings, kube_score, trivy
from tests.lint.reasons import FILE, Reason, read_reasons, without_reason
from tests.lint.rendered import STACKS, Objects

REASONS = read_reasons(FILE.read_text(encoding="utf-8"))
BAD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "bad", "namespace": "somewhere", "annotations": {"kube-score/ignore": "container-image-tag"}},
    "spec": {
        "containers": [{"name": "bad", "image": "example.org/bad:latest", "securityContext": {"privileged": True}}]
    },
}


@pytest.fixture(scope="session")
def found(linters: Mapping[ToolName, Path], stacks: Mapping[str, Objects]) -> Mapping[str, set[Finding]]:
    """What is found in each stack."""
    return {stack: findings(linters, objects) for stack, objects in stacks.items()}


@pytest.fixture
def bad(tmp_path: Path) -> Objects:
    """A stack of one pod that nobody should run."""
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump(BAD), encoding="utf-8")
    return Objects("bad", tmp_path)


@pytest.mark.parametrize("stack", STACKS)
def test_every_grave_finding_has_a_written_reason(found: Mapping[str, set[Finding]], stack: str) -> None:
    unexplained = without_reason(found[stack], REASONS)
    if unexplained:
        told = "\n".join(map(str, unexplained))
        pytest.fail(f"mend it, or write down in tests/lint/{FILE.name} why it is right:\n{told}", pytrace=False)


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: f"{reason.tool}-{reason.check}")
def test_every_written_reason_still_excuses_something(found: Mapping[str, set[Finding]], reason: Reason) -> None:
    everything = {each for one in found.values() for each in one}
    assert not reason.unused(everything), f"{reason.check} finds no such object any more: delete it from {FILE.name}"


def test_kube_score_finds_a_bad_pod_whatever_its_annotations_say(
    linters: Mapping[ToolName, Path], bad: Objects
) -> None:
    checks = {each.check for each in kube_score(linters[ToolName.KUBE_SCORE], bad)}
    assert {"container-image-tag", "container-resources", "container-security-context-privileged"} <= checks


def test_trivy_finds_a_bad_pod(linters: Mapping[ToolName, Path], bad: Objects) -> None:
    assert Finding(
        "trivy",
        "KSV-0017",
        "Pod/somewhere/bad",
        "Container 'bad' of Pod 'bad' should set 'securityContext.privileged' to false",
    ) in trivy(linters[ToolName.TRIVY], bad)


def test_trivy_refuses_what_it_cannot_read(linters: Mapping[ToolName, Path], bad: Objects) -> None:
    (bad.directory / "torn.yaml").write_text("kind: [", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"torn\.yaml"):
        trivy(linters[ToolName.TRIVY], Objects("bad", bad.directory))


def test_a_finding_without_a_reason_and_a_reason_without_a_finding_are_told() -> None:
    first, second = Finding("trivy", "a", "Pod/x/one", ""), Finding("trivy", "a", "Pod/y/two", "")
    reason = Reason("trivy", "a", ("Pod/x/*", "Pod/z/*"), "because")
    assert without_reason([first, second], [reason]) == [second]
    assert reason.unused([first, second]) == ["Pod/z/*"]


@pytest.mark.parametrize(
    "entry", ["{tool: trivy, check: a, objects: [x]}", "{tool: t, check: a, objects: [x], reason: ''}"]
)
def test_an_entry_without_a_reason_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="tool, check, objects and reason"):
        read_reasons(f"[{entry}]")
