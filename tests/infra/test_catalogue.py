"""A directory of role files is the list of agents; a faulty one is refused with the file's name."""

import shutil
from pathlib import Path

import pytest

from infra.catalogue import REPOSITORY, CatalogueError, read_catalogue


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / "roles", tmp_path / "roles")
    return tmp_path / "roles"


def test_the_specifications_four_roles_are_there() -> None:
    found = {file.role.id for file in read_catalogue("roles").roles}
    assert found >= {"business_analyst", "technical_architect", "developer", "qa_tester"}


def test_one_more_file_is_one_more_role(roles: Path) -> None:
    before = read_catalogue(str(roles)).roles
    text = (roles / "developer.yaml").read_text(encoding="utf-8")
    (roles / "data_engineer.yaml").write_text(text.replace("id: developer", "id: data_engineer"), encoding="utf-8")
    after = read_catalogue(str(roles)).roles
    assert {file.role.id for file in after} - {file.role.id for file in before} == {"data_engineer"}


def test_a_file_named_unlike_its_role_is_refused(roles: Path) -> None:
    (roles / "developer.yaml").rename(roles / "coder.yaml")
    with pytest.raises(CatalogueError, match=r"holds role developer; rename the file to developer\.yaml"):
        read_catalogue(str(roles))


def test_a_workflow_that_needs_a_missing_role_is_refused(roles: Path) -> None:
    (roles / "developer.yaml").unlink()
    with pytest.raises(CatalogueError, match="needs role developer: add its file"):
        read_catalogue(str(roles))


def test_a_directory_without_roles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"holds no role file \(\*\.yaml\)"):
        read_catalogue(str(tmp_path))


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is not a directory"):
        read_catalogue(str(tmp_path / "nowhere"))
