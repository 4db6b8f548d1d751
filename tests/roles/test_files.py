"""The role and workflow files of this project: they parse, and they fit one another."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contract.globs import matches
from contract.role import Role, parse_role
from contract.workflow import WorkflowTemplate, parse_workflow

ROLES = Path(__file__).resolve().parents[2] / "roles"
ROLE_FILES = sorted(ROLES.glob("*.yaml"))
WORKFLOW_FILES = sorted((ROLES / "workflows").glob("*.yaml"))


def roles() -> dict[str, Role]:
    return {path.stem: parse_role(path.read_text(), str(path)) for path in ROLE_FILES}


def template(path: Path) -> WorkflowTemplate:
    return parse_workflow(path.read_text(), str(path))


def test_the_specifications_roles_are_there() -> None:
    assert {"business_analyst", "technical_architect", "developer", "qa_tester"} <= set(roles())


@pytest.mark.parametrize("path", ROLE_FILES, ids=lambda path: path.stem)
def test_a_role_file_is_named_after_its_role(path: Path) -> None:
    assert parse_role(path.read_text(), str(path)).id == path.stem


def test_hand_offs_name_roles_that_exist() -> None:
    known = roles()
    assert {to for role in known.values() for to in role.hand_offs} <= set(known)


@pytest.mark.parametrize("path", ROLE_FILES, ids=lambda path: path.stem)
def test_a_role_may_read_what_it_writes(path: Path) -> None:
    role = parse_role(path.read_text(), str(path))
    written = [glob.replace("**", "a/b.md") for glob in role.artifacts.write]
    assert all(matches(example, role.artifacts.read) for example in written)


def test_no_two_roles_write_the_same_place() -> None:
    owners: dict[str, list[str]] = {}
    for role in roles().values():
        for glob in role.artifacts.write:
            owners.setdefault(glob, []).append(role.id)
    assert {glob: who for glob, who in owners.items() if len(who) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOW_FILES, ids=lambda path: path.stem)
def test_a_workflow_fits_the_roles(path: Path) -> None:
    found, known = template(path), roles()
    assert found.name == path.stem
    Draft202012Validator.check_schema(found.input_schema)
    by_id = {step.id: step for step in found.steps}
    edges = [(by_id[need].role, step.role) for step in found.steps for need in step.needs]
    edges += [(step.role, by_id[step.review.back_to].role) for step in found.steps if step.review is not None]
    assert {role for edge in edges for role in edge} <= set(known)
    assert [edge for edge in edges if edge[1] not in known[edge[0]].hand_offs and edge[0] != edge[1]] == []


@pytest.mark.parametrize("path", WORKFLOW_FILES, ids=lambda path: path.stem)
def test_a_review_compares_a_value_that_its_role_can_give(path: Path) -> None:
    known = roles()
    for step in template(path).steps:
        if step.review is not None:
            schema = known[step.role].output_schema
            assert step.review.equals in schema["properties"][step.review.field]["enum"]
            assert step.review.field in schema["required"]


def test_software_delivery_needs_a_brief() -> None:
    schema = template(ROLES / "workflows" / "software-delivery.yaml").input_schema
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"brief": "Count words."})
    for wrong in ({}, {"brief": ""}, {"brief": 3}, {"brief": "a", "other": 1}):
        assert not validator.is_valid(wrong)
