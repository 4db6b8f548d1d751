"""An image archive is loaded once, and one that is refused is named with the reason and tried again."""

from pathlib import Path

import pytest

from ops.node import images as module
from ops.node.failure import NodeError
from ops.node.images import load
from ops.node.layout import Layout


def archive(directory: Path, name: str) -> Path:
    """An archive as the cache keeps it: ``NAME/TAG/image.tar``."""
    path = directory / name / "tag" / "image.tar"
    path.parent.mkdir(parents=True)
    path.write_text("content")
    return path


def test_an_image_is_loaded_once_and_a_failing_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cat` stands for containerd's client."""
    layout = Layout(tmp_path / "node")
    layout.make()
    one, two, three = (archive(tmp_path, name) for name in ("one", "two", "three"))
    said: list[str] = []
    monkeypatch.setattr(module, "inside", lambda _pid, _command: ["cat"])
    load(layout, 1, [one], said.append)
    load(layout, 1, [one, two], said.append)
    assert said == ["loading image 1 of 1: one", "loading image 1 of 1: two"]
    monkeypatch.setattr(module, "inside", lambda _pid, _command: ["sh", "-c", "echo 'no space left' >&2; exit 1"])
    for _ in range(2):
        with pytest.raises(NodeError, match=r"three/tag/image\.tar was not loaded: no space left"):
            load(layout, 1, [three], said.append)
