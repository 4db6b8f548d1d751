"""Each clone has a state directory of its own, private files, and one command at a time."""

import stat
from pathlib import Path

import pytest

from ops.local.failure import LocalError
from ops.local.machine import code_digest
from ops.local.ports import port_plan
from ops.local.state import State, default_directory, exclusive, write_private


def test_two_clones_never_share_a_state() -> None:
    one = default_directory(Path("/home/a/clone"), {"HOME": "/home/a"}, as_root=True)
    two = default_directory(Path("/home/b/clone"), {"HOME": "/home/a"}, as_root=True)
    assert one != two
    assert one.parent == two.parent == Path("/var/tmp")  # noqa: S108 - what is asserted


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"MCP_PLATFORM_STATE": "/srv/mine"}, "/srv/mine"),
        ({"XDG_STATE_HOME": "/xdg"}, "/xdg/mcp-platform-"),
    ],
)
def test_the_environment_names_another_place(environment: dict[str, str], expected: str) -> None:
    assert str(default_directory(Path("/clone"), environment, as_root=False)).startswith(expected)


def test_private_files_are_replaced_at_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "token"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_secrets_lie_below_directories_that_only_the_owner_may_enter(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.make()
    for path in (state.run, state.logs, state.pods, state.stack):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_second_command_is_refused_while_one_is_at_work(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.make()
    with exclusive(state), pytest.raises(LocalError, match="is at work"), exclusive(state):
        pass
    with exclusive(state):
        pass


@pytest.mark.parametrize("offset", ["-1", "x", "60000", "1.5"])
def test_an_impossible_port_offset_is_refused(offset: str) -> None:
    with pytest.raises(LocalError, match="MCP_PORT_OFFSET is"):
        port_plan({"MCP_PORT_OFFSET": offset})


def test_code_changes_change_the_digest_and_other_files_do_not(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "requirements.txt").write_text("a")
    (tmp_path / "app/main.py").write_text("1")
    before = code_digest(tmp_path)
    (tmp_path / "app/notes.txt").write_text("2")
    assert code_digest(tmp_path) == before
    (tmp_path / "app/main.py").write_text("2")
    assert code_digest(tmp_path) != before
