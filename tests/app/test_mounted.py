"""A value from a mounted file is always the newest good one."""

import os
import tempfile
from pathlib import Path

import pytest

from app.environment import BadEnvironmentError, Environment
from app.mounted import Mounted


def mount(directory: Path, **files: str) -> None:
    """Put ``files`` into ``directory`` as the kubelet does: a new directory behind the link ``..data``."""
    fresh = Path(tempfile.mkdtemp(prefix="..", dir=directory))
    for name, content in files.items():
        (fresh / name).write_text(content)
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(Path("..data") / name)
    (directory / "..new").symlink_to(fresh.name)
    os.replace(directory / "..new", directory / "..data")  # noqa: PTH105 - replaces the link, not what it points to


@pytest.fixture
def password(tmp_path: Path) -> Mounted[str]:
    mount(tmp_path, password="first")
    env = Environment({"PASSWORD_FILE": str(tmp_path / "password")})
    return Mounted(env, "PASSWORD_FILE", lambda: env.file("PASSWORD_FILE"))


def test_the_newest_value_is_given_once_its_link_is_swapped(tmp_path: Path, password: Mounted[str]) -> None:
    assert password() == "first"
    mount(tmp_path, password="other")
    assert [password(), password()] == ["other", "other"]


def test_a_bad_or_missing_file_keeps_the_last_good_value_and_a_mended_one_ends_that(
    tmp_path: Path, password: Mounted[str], caplog: pytest.LogCaptureFixture
) -> None:
    mount(tmp_path, password="")
    assert [password(), password()] == ["first", "first"]
    assert caplog.text.count("which is empty") == 1
    (tmp_path / "..data").unlink()
    assert password() == "first"
    mount(tmp_path, password="third")
    assert password() == "third"
    assert "first" not in caplog.text


def test_a_file_that_is_bad_at_the_start_is_refused(tmp_path: Path) -> None:
    env = Environment({"PASSWORD_FILE": str(tmp_path / "none")})
    with pytest.raises(BadEnvironmentError, match="PASSWORD_FILE points to"):
        Mounted(env, "PASSWORD_FILE", lambda: env.file("PASSWORD_FILE"))
