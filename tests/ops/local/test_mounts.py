"""Mounted files look and change as a kubelet's do."""

import stat
from pathlib import Path

from ops.local.mounts import Mount, materialise


def test_files_are_links_into_the_current_set(tmp_path: Path) -> None:
    materialise(tmp_path, Mount("/app/config", {"role.yaml": b"one", "sub/deep": b"two"}))
    config = tmp_path / "app/config"
    assert (config / "role.yaml").read_bytes() == b"one"
    assert (config / "sub/deep").read_bytes() == b"two"
    assert (config / "role.yaml").readlink() == Path("..data/role.yaml")
    assert (config / "..data").is_symlink()


def test_a_change_swaps_the_whole_set_and_leaves_nothing_old(tmp_path: Path) -> None:
    materialise(tmp_path, Mount("/c", {"a": b"1", "b": b"1"}))
    before = (tmp_path / "c/..data").readlink()
    materialise(tmp_path, Mount("/c", {"a": b"2", "c": b"2"}))
    assert (tmp_path / "c/..data").readlink() != before
    assert {path.name for path in (tmp_path / "c").iterdir() if not path.name.startswith("..")} == {"a", "c"}
    assert not (tmp_path / "c" / before).exists()
    assert (tmp_path / "c/a").read_bytes() == b"2"


def test_the_same_content_changes_nothing(tmp_path: Path) -> None:
    mount = Mount("/c", {"a": b"1"})
    materialise(tmp_path, mount)
    before = (tmp_path / "c/a").stat().st_mtime_ns
    materialise(tmp_path, mount)
    assert (tmp_path / "c/a").stat().st_mtime_ns == before


def test_mounts_below_a_mount_survive_its_change(tmp_path: Path) -> None:
    materialise(tmp_path, Mount("/c", {"a": b"1"}))
    materialise(tmp_path, Mount("/c/roles", {"r": b"1"}))
    materialise(tmp_path, Mount("/c", {"a": b"2"}))
    assert (tmp_path / "c/roles/r").read_bytes() == b"1"


def test_files_and_directories_are_the_owners_alone(tmp_path: Path) -> None:
    materialise(tmp_path, Mount("/s", {"password": b"x"}, public=False))
    materialise(tmp_path, Mount("/one/file.pem", {"file.pem": b"y"}, single=True))
    for path in (tmp_path / "s/password", tmp_path / "one/file.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700


def test_a_half_written_set_of_an_interrupted_run_is_replaced(tmp_path: Path) -> None:
    mount = Mount("/c", {"a": b"1", "b": b"2"})
    half = tmp_path / "c" / f"..{mount.digest()}.new"
    half.mkdir(parents=True)
    (half / "a").write_bytes(b"hal")
    materialise(tmp_path, mount)
    assert (tmp_path / "c/a").read_bytes() == b"1"
    assert (tmp_path / "c/b").read_bytes() == b"2"
