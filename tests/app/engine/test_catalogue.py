"""Roles and templates follow their mounted files; a bad file never replaces a good one."""

import logging
import os

import pytest

from app.engine.catalogue import Catalogue
from app.environment import BadEnvironmentError
from tests.app.environment import ROOT

ROLE = (ROOT / "roles" / "developer.yaml").read_text()
TEMPLATE = "name: {name}\nsteps: [{{id: a, role: developer, task: work}}]\n"


@pytest.fixture
def mounted(tmp_path):
    """Two directories as a ConfigMap mounts them: files are links through ``..data``."""
    for name, files in (("roles", {"developer.yaml": ROLE}), ("workflows", {"one.yaml": TEMPLATE.format(name="one")})):
        (tmp_path / name).mkdir()
        publish(tmp_path / name, "v1", files)
        for file in files:
            (tmp_path / name / file).symlink_to(f"..data/{file}")
    return tmp_path


def publish(directory, version, files):
    """Swap ``..data``, as the kubelet does."""
    (directory / f"..{version}").mkdir()
    for name, content in files.items():
        (directory / f"..{version}" / name).write_text(content)
    (directory / "..new").symlink_to(f"..{version}")
    os.replace(directory / "..new", directory / "..data")  # noqa: PTH105 - as the kubelet does


def test_a_changed_file_is_seen_with_a_new_digest(mounted):
    catalogue = Catalogue(mounted / "roles", mounted / "workflows")
    before = catalogue.roles()["developer"]
    assert catalogue.roles()["developer"] is before
    publish(mounted / "roles", "v2", {"developer.yaml": ROLE + "\n# changed\n"})
    assert catalogue.roles()["developer"].digest != before.digest


def test_a_bad_version_is_logged_once_and_the_good_one_stays(mounted, caplog):
    catalogue = Catalogue(mounted / "roles", mounted / "workflows")
    publish(mounted / "workflows", "v2", {"one.yaml": "name: one\nsteps: []\n"})
    with caplog.at_level(logging.ERROR):
        assert [len(catalogue.templates()) for _ in range(3)] == [1, 1, 1]
    assert len(caplog.records) == 1
    publish(mounted / "workflows", "v3", {"one.yaml": TEMPLATE.format(name="three")})
    assert list(catalogue.templates()) == ["three"]


def test_a_file_that_goes_takes_its_document_along(mounted):
    catalogue = Catalogue(mounted / "roles", mounted / "workflows")
    (mounted / "workflows" / "one.yaml").unlink()
    assert not catalogue.templates()


def test_a_bad_file_at_start_is_a_bad_environment(mounted):
    (mounted / "roles" / "odd.yaml").write_text("id: odd\n")
    with pytest.raises(BadEnvironmentError, match=r"^ROLES_DIR holds files that were refused: odd\.yaml; mend them"):
        Catalogue(mounted / "roles", mounted / "workflows")


def test_no_role_at_start_is_a_bad_environment(mounted, tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(BadEnvironmentError, match="holds no role"):
        Catalogue(tmp_path / "none", mounted / "workflows")
