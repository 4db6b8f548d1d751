"""The settings that prod's pods read, as their programs see them."""

import subprocess
from pathlib import Path

import pytest

from infra.cache import haproxy, scripts, valkey
from infra.cache.members import members
from ops.image.failure import ImageError
from tests.servers import haproxy as servers


def test_haproxy_has_nothing_to_say_against_its_settings(tmp_path: Path) -> None:
    try:
        program = servers.program()
    except ImageError as error:
        pytest.skip(f"no HAProxy: {error}")
    path = tmp_path / "haproxy.cfg"
    path.write_text(haproxy.configuration(members(3), "secret"))
    checked = subprocess.run(
        [str(program.path), "-c", "-f", str(path)],
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_every_script_is_one_that_a_shell_understands(tmp_path: Path, shell: str) -> None:
    for name, text in scripts.scripts(members(3), scripts.Places(), scripts.Patience()).items():
        (tmp_path / name).write_text(text)
        subprocess.run([shell, "-n", str(tmp_path / name)], timeout=10, check=True)


def test_a_sentinel_keeps_its_identity_and_has_it_alone() -> None:
    identities = [member.sentinel_id for member in members(3)]
    assert len(set(identities)) == 3
    assert all(len(bytes.fromhex(identity)) == 20 for identity in identities)
    assert identities == [member.sentinel_id for member in members(3)]


def test_a_password_is_one_word_whatever_it_is_made_of() -> None:
    assert valkey.quoted('a b"\n') == '"a\\x20b\\x22\\x0a"'
