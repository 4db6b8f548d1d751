"""Role files: what is refused, and that the reason names the file and the key."""

from typing import Any

import pytest
import yaml

from contract.errors import ContractError
from contract.role import digest, parse_role

GOOD: dict[str, Any] = {
    "id": "writer",
    "title": "Writer",
    "purpose": "Writes.",
    "instructions": "Write.",
    "tools": ["write_artifact"],
    "artifacts": {"write": ["docs/**"]},
    "output_schema": {"type": "object"},
}


def test_a_minimal_role_has_the_default_limits() -> None:
    role = parse_role(yaml.safe_dump(GOOD), "writer.yaml")
    assert (role.limits.turns, role.limits.seconds, role.limits.concurrent_tasks) == (8, 120, 4)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "Writer"}, "id: "),
        ({"id": "writer-two"}, "id: "),
        ({"tools": ["run_shell"]}, "tools.0: "),
        ({"artifacts": {"write": []}}, "tools lists write_artifact but artifacts.write is empty"),
        ({"artifacts": {"write": ["/etc/*"]}}, "artifacts.write.0: "),
        ({"artifacts": {"write": ["a\x00b"]}}, "artifacts.write.0: "),
        ({"output_schema": {"type": "string"}}, "must have `type: object`"),
        ({"output_schema": {"type": "object", "required": 3}}, "not a JSON Schema"),
        ({"limits": {"turns": 0}}, "limits.turns: "),
        ({"limits": {"second": 3}}, "limits.second: "),
        ({"hand_offs": ["Developer"]}, "hand_offs.0: "),
        ({"models": {"mistral": "m"}}, "models.mistral"),
        ({"purposes": "x"}, "purposes: "),
    ],
)
def test_a_fault_is_told_with_its_file_and_key(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ContractError) as refused:
        parse_role(yaml.safe_dump(GOOD | change, allow_unicode=True), "roles/writer.yaml")
    assert str(refused.value).startswith("roles/writer.yaml: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize("text", ["", "just text", "- a list", "id: [", "\t"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ContractError):
        parse_role(text, "x.yaml")


def test_yaml_that_builds_objects_is_refused() -> None:
    with pytest.raises(ContractError, match="is not YAML"):
        parse_role("!!python/object/apply:os.getcwd []", "x.yaml")


def test_the_digest_changes_with_every_character() -> None:
    assert digest("a: 1") != digest("a: 1 ")
