"""The role file under a running agent: changes are taken, faults are told, the last good role stays."""

import asyncio
import os
from pathlib import Path

import pytest

from app.agent.rolefile import RoleFile
from app.environment import BadEnvironmentError
from tests.agents.turns import role_text

GOOD = role_text("developer")


def mounted(directory: Path, text: str) -> Path:
    """A file as a ConfigMap mounts it: through ``..data``, a link to a dated directory."""
    version = directory / f"..{len(list(directory.iterdir()))}"
    version.mkdir()
    (version / "role.yaml").write_text(text)
    link = directory / "..new"
    link.symlink_to(version.name)
    link.replace(directory / "..data")
    file = directory / "role.yaml"
    if not file.is_symlink():
        file.symlink_to("..data/role.yaml")
    return file


def test_a_swapped_mount_is_a_change(tmp_path: Path) -> None:
    held = RoleFile(mounted(tmp_path, GOOD), "developer")
    before = held.held.digest
    assert not held.refresh()
    mounted(tmp_path, GOOD.replace("turns: 12", "turns: 9"))
    assert held.refresh()
    assert held.held.role.limits.turns == 9
    assert held.held.digest != before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id: [", "is not YAML"),
        (GOOD.replace("turns: 12", "turns: 0"), "limits.turns"),
        (role_text("qa_tester"), "is the file of role qa_tester, not developer"),
    ],
)
def test_a_bad_version_keeps_the_last_good_role(tmp_path: Path, text: str, reason: str) -> None:
    held = RoleFile(mounted(tmp_path, GOOD), "developer")
    before = held.held
    mounted(tmp_path, text)
    assert held.refresh()
    assert held.held == before
    assert reason in str(held.fault)
    mounted(tmp_path, GOOD)
    assert held.refresh()
    assert held.fault is None


def test_a_file_that_vanishes_keeps_the_last_good_role(tmp_path: Path) -> None:
    path = mounted(tmp_path, GOOD)
    held = RoleFile(path, "developer")
    path.unlink()
    assert held.refresh()
    assert held.held.role.id == "developer"
    assert "No such file" in str(held.fault)


@pytest.mark.parametrize("text", ["", "id: [", role_text("qa_tester")])
def test_an_agent_does_not_begin_with_a_bad_role(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadEnvironmentError, match="ROLE_FILE is refused: "):
        RoleFile(mounted(tmp_path, text), "developer")


@pytest.mark.anyio
async def test_the_watch_sees_a_change_and_ends_when_told(tmp_path: Path) -> None:
    held = RoleFile(mounted(tmp_path, GOOD), "developer")
    stop, seen = asyncio.Event(), asyncio.Event()
    refresh = held.refresh

    def told() -> bool:
        changed = refresh()
        if changed:
            seen.set()
        return changed

    held.refresh = told  # type: ignore[method-assign]
    async with asyncio.timeout(5):
        watch = asyncio.create_task(held.watch(stop, seconds=0.01))
        mounted(tmp_path, GOOD + "# newer\n")
        await seen.wait()
        stop.set()
        await watch
    assert held.reloads == 1


def test_a_touched_file_of_the_same_text_keeps_its_digest(tmp_path: Path) -> None:
    path = mounted(tmp_path, GOOD)
    held = RoleFile(path, "developer")
    before = held.held.digest
    os.utime(path, ns=(1, 1))
    held.refresh()
    assert held.held.digest == before
