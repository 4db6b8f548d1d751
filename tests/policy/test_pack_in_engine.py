"""Every policy through the real engine: the good stack passes, each bad resource is refused by its policy alone.

Rests on offline providers: kubernetes talks to a real API server, aws and gcp only check types against the SDK and
record. So it proves that the engine asks the pack and what the pack sees and says, not what a cloud would do.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.controlplane.plane import ControlPlane
from ops.toolchain.tools import Tools
from policy.pack import RULES
from tests.offline.engine import Engine
from tests.policy.cases import expected

pytestmark = pytest.mark.stack
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Previewed:
    """What a preview with the pack said."""

    code: int
    text: str
    breaches: list[tuple[str, str, str]]
    """Policy, resource, message."""
    levels: set[str]


def preview(engine: Engine, directory: Path, stack: str) -> Previewed:
    engine.run("config", "set", "tiny:stack", stack)
    log = directory / f"{stack}.events"
    said = engine.run(
        "preview", "--policy-pack", str(REPOSITORY / "policy"), "--event-log", str(log), "--color", "never"
    )
    assert log.exists(), said.text
    events = [json.loads(line).get("policyEvent") for line in log.read_text(encoding="utf-8").splitlines()]
    found = [event for event in events if event]
    breaches = [(each["policyName"], each["resourceUrn"].rpartition("::")[2], each["message"]) for each in found]
    return Previewed(said.code, said.text, breaches, {each["enforcementLevel"] for each in found})


@pytest.fixture(scope="module")
def previews(tools: Tools, plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Previewed]:
    """Both stacks, previewed once."""
    directory = tmp_path_factory.mktemp("pack")
    (directory / "project").mkdir()
    engine = Engine(directory / "project", tools, plane.kubeconfig)
    engine.environment["PULUMI_DEBUG_COMMANDS"] = "true"  # for --event-log
    program = Path(__file__).with_name("program.py")
    (directory / "project" / "__main__.py").write_text(f"import runpy\nrunpy.run_path({str(program)!r})\n")
    return {stack: preview(engine, directory, stack) for stack in ("good", "bad")}


def test_a_stack_that_keeps_every_policy_passes(previews: dict[str, Previewed]) -> None:
    good = previews["good"]
    assert (good.breaches, good.code) == ([], 0), good.text


def test_each_bad_resource_is_refused_by_the_policy_it_breaks_and_by_no_other(previews: dict[str, Previewed]) -> None:
    found = Counter((policy, name) for policy, name, _ in previews["bad"].breaches)
    assert found == Counter((policy, name) for policy, name, _ in expected())
    assert previews["bad"].code != 0


@pytest.mark.parametrize(("policy", "name", "sentence"), expected(), ids=lambda each: each.split(" ")[0])
def test_the_message_names_the_resource_what_is_wrong_and_how_to_comply(
    previews: dict[str, Previewed], policy: str, name: str, sentence: str
) -> None:
    messages = [
        message for breach, resource, message in previews["bad"].breaches if (breach, resource) == (policy, name)
    ]
    assert len(messages) == 1
    assert sentence in messages[0]


def test_every_policy_was_broken_once_at_least_and_every_breach_is_mandatory(previews: dict[str, Previewed]) -> None:
    assert {policy for policy, _, _ in previews["bad"].breaches} == set(RULES)
    assert previews["bad"].levels == {"mandatory"}
