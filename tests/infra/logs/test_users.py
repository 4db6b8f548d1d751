"""Least privilege: nobody may do what their work does not need."""

import json

from infra.logs.users import BOOTSTRAP, READER, ROLES, USERS, WRITER, roles_file


def index_privileges(role: str) -> set[str]:
    return {privilege for each in ROLES[role]["indices"] for privilege in each["privileges"]}


def test_the_writer_adds_lines_and_nothing_else() -> None:
    assert index_privileges(WRITER.name) == {"create_doc"}
    assert ROLES[WRITER.name]["cluster"] == []


def test_the_reader_changes_nothing() -> None:
    assert index_privileges(READER.name) == {"read", "view_index_metadata"}
    assert ROLES[READER.name]["cluster"] == []
    assert [each["privileges"] for each in ROLES[READER.name]["applications"]] == [["read"]]


def test_the_bootstrap_reads_no_line() -> None:
    assert not index_privileges(BOOTSTRAP.name) & {"all", "read", "write", "index", "create", "delete"}
    assert set(ROLES[BOOTSTRAP.name]["cluster"]) == {"monitor", "manage_ilm", "manage_index_templates"}


def test_nobody_reaches_another_index_and_every_user_has_one_role() -> None:
    assert {name for role in ROLES.values() for each in role["indices"] for name in each["names"]} == {"mcp-logs*"}
    assert {user.name for user in USERS} == set(ROLES) == set(json.loads(roles_file()))
    assert len({user.secret for user in USERS}) == len({user.key for user in USERS}) == len(USERS)
