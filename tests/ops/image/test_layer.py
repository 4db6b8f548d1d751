"""Layers in the cache: made once for one input, and never half."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from ops.image.entries import Entry, file
from ops.image.layer import Layer, cached_layer, home, layer_key


def quiet(_: str) -> None:
    """Takes lines of progress."""


def make(content: bytes, made: list[bytes], key: str = "1") -> Layer:
    def entries(work: Path) -> Iterable[Entry]:
        assert list(work.iterdir()) == []
        made.append(content)
        return [file("x", content)]

    return cached_layer("test", layer_key(key), entries, quiet)


@pytest.mark.usefixtures("own_cache")
def test_the_same_input_is_not_made_twice() -> None:
    made: list[bytes] = []
    assert make(b"1", made) == make(b"ignored", made)
    assert make(b"2", made, "2").digest != make(b"1", made).digest
    assert made == [b"1", b"2"]


@pytest.mark.usefixtures("own_cache")
def test_a_layer_that_could_not_be_made_leaves_nothing_that_counts() -> None:
    def broken(_: Path) -> Iterable[Entry]:
        yield file("x", b"1")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        cached_layer("test", layer_key("1"), broken, quiet)
    assert not list(home().glob("layers/*/layer.*"))
    assert not list(home().glob("layers/*/staging-*"))
    assert make(b"1", []).size > 0


@pytest.mark.usefixtures("own_cache")
def test_a_layer_that_was_cut_is_made_again() -> None:
    made: list[bytes] = []
    layer = make(b"1", made)
    layer.path.write_bytes(b"")
    assert make(b"1", made) == layer
    assert made == [b"1", b"1"]


def test_keys_differ_where_inputs_differ() -> None:
    assert layer_key("a", "b") != layer_key("a", "c")
    assert layer_key("a", "b") == layer_key("a", "b")
