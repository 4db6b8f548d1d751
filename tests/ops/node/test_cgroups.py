"""The node's control groups are removed, innermost first, and nobody else's. Directories stand for groups here."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.node.cgroups import cgroups, remove_cgroups

NAME = "mcp-node-1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Hierarchies of version 1: three with the node's groups, one without, one with another node's too."""
    for controller in ("cpu", "memory", "pids"):
        (tmp_path / controller / NAME / "kubepods" / "pod1" / "container").mkdir(parents=True)
    (tmp_path / "devices").mkdir()
    (tmp_path / "cpu" / "mcp-node-2" / "kubepods").mkdir(parents=True)
    return tmp_path


def test_a_node_has_a_group_in_each_hierarchy_where_it_was_made(root: Path) -> None:
    assert {path.parent.name for path in cgroups(NAME, root)} == {"cpu", "memory", "pids"}


def test_groups_are_removed_innermost_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel demands; removing a directory that is not empty fails here just so."""
    removed: list[Path] = []
    remove = Path.rmdir

    def noted(path: Path) -> None:
        remove(path)
        removed.append(path)

    monkeypatch.setattr(Path, "rmdir", noted)
    assert remove_cgroups(NAME, root=root)
    assert cgroups(NAME, root) == []
    assert len(removed) == 12, "some were only removed in a later attempt"


def test_the_hierarchies_and_another_nodes_groups_stay(root: Path) -> None:
    remove_cgroups(NAME, root=root)
    assert {path.name for path in root.iterdir()} == {"cpu", "memory", "pids", "devices"}
    assert (root / "cpu" / "mcp-node-2" / "kubepods").is_dir()


def test_a_group_that_is_still_in_use_is_said_to_be_there_after_the_deadline(root: Path) -> None:
    (root / "memory" / NAME / "kubepods" / "busy").touch()
    assert not remove_cgroups(NAME, deadline=0.05, root=root)
    assert [path.parent.name for path in cgroups(NAME, root)] == ["memory"]


def test_a_group_that_is_free_a_little_later_is_removed_in_time(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = root / "memory" / NAME / "busy"
    busy.touch()
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: busy.unlink(missing_ok=True))
    monkeypatch.setattr("ops.controlplane.processes.time", clock)
    assert remove_cgroups(NAME, root=root)


def test_a_node_without_groups_has_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_cgroups(NAME, deadline=0.0, root=tmp_path)
