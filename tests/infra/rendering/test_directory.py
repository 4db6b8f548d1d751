"""A rendering replaces what an earlier one wrote and touches nothing else."""

from pathlib import Path

import pytest

from infra.rendering.directory import ORDER, Rendering
from infra.rendering.manifests import Manifest
from infra.rendering.stacks import RenderingError, Stack


def rendering(*paths: str) -> Rendering:
    return Rendering.of(Stack("s", Path("Pulumi.s.yaml")), [Manifest(path, {"kind": path}, 0) for path in paths])


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_what_is_not_rendered_any_more_goes_and_what_somebody_put_there_stays(tmp_path: Path) -> None:
    rendering("a/one.yaml", "b/two.yaml").write(tmp_path)
    (tmp_path / "a" / "notes.txt").write_text("mine")
    rendering("a/three.yaml").write(tmp_path)
    assert files(tmp_path) == {ORDER, "a/three.yaml", "a/notes.txt"}
    assert not (tmp_path / "b").exists()


def test_a_directory_that_no_rendering_wrote_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / ORDER).write_text("1 precious.yaml\n")
    (tmp_path / "precious.yaml").write_text("mine")
    with pytest.raises(RenderingError, match="is not empty and was not written by a rendering"):
        rendering("a/one.yaml").write(tmp_path)
    assert files(tmp_path) == {ORDER, "precious.yaml"}


def test_a_file_that_no_rendering_wrote_is_not_overwritten(tmp_path: Path) -> None:
    rendering("a/one.yaml").write(tmp_path)
    (tmp_path / "a" / "two.yaml").write_text("mine")
    with pytest.raises(RenderingError, match=r"a/two\.yaml was not written by a rendering: move it away"):
        rendering("a/one.yaml", "a/two.yaml").write(tmp_path)
    assert (tmp_path / "a" / "two.yaml").read_text() == "mine"


def test_a_file_is_refused_as_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RenderingError, match="is not a directory"):
        rendering("a/one.yaml").write(tmp_path / "file")


def test_a_list_that_leads_out_of_the_directory_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").touch()
    inside = tmp_path / "inside"
    rendering("a/one.yaml").write(inside)
    with (inside / ORDER).open("a") as order:
        order.write("0 ../outside.yaml\n")
    rendering("a/one.yaml").write(inside)
    assert (tmp_path / "outside.yaml").exists()


def test_missing_stale_and_superfluous_files_differ(tmp_path: Path) -> None:
    rendering("a/gone.yaml", "a/same.yaml", "a/stale.yaml").write(tmp_path)
    (tmp_path / "a/stale.yaml").write_text("changed")
    wanted = rendering("a/missing.yaml", "a/same.yaml", "a/stale.yaml")
    assert wanted.differences(tmp_path) == [ORDER, "a/gone.yaml", "a/missing.yaml", "a/stale.yaml"]
    wanted.write(tmp_path)
    assert wanted.differences(tmp_path) == []
