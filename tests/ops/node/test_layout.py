"""A node's directory: closed to others, and with a control group that no other node has."""

import stat
from pathlib import Path

from ops.node.layout import INSIDE, Layout


def test_two_nodes_have_two_control_groups_and_one_node_always_the_same(tmp_path: Path) -> None:
    one, two = Layout(tmp_path / "one"), Layout(tmp_path / "two")
    assert one.cgroup != two.cgroup
    assert one.cgroup == Layout(tmp_path / "one").cgroup


def test_what_the_node_keeps_is_closed_to_others(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "node")
    layout.make()
    closed = (layout.directory, layout.configuration, layout.data, layout.run, layout.logs)
    assert {stat.S_IMODE(path.stat().st_mode) for path in closed} == {0o700}


def test_pods_of_any_user_can_reach_their_volumes_inside_the_node(tmp_path: Path) -> None:
    """There the directory is mounted, so only what lies below ``data`` must let them pass."""
    layout = Layout(tmp_path / "node")
    layout.make()
    assert all(stat.S_IMODE((layout.data / name).stat().st_mode) == 0o711 for name in ("kubelet", "volumes"))


def test_the_directories_are_made_once_and_keep_what_is_in_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "node")
    layout.make()
    (layout.volumes / "pvc").mkdir()
    layout.make()
    assert (layout.volumes / "pvc").is_dir()


def test_the_hosts_view_and_the_nodes_own_differ_in_their_beginning_only(tmp_path: Path) -> None:
    host, own = Layout(tmp_path), Layout(INSIDE)
    for name in ("certificates", "configuration", "data", "volumes", "run", "logs", "kubeconfig"):
        assert getattr(host, name).relative_to(tmp_path) == getattr(own, name).relative_to(INSIDE)
