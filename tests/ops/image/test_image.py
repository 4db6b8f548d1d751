"""Archives in the cache: written once, mended where damaged, forgotten where nobody asks for them."""

import os
from pathlib import Path

import pytest

from ops.image.entries import file
from ops.image.image import Image, assemble
from ops.image.layer import Layer, cached_layer, home, layer_key
from ops.image.oci import Run
from ops.image.store import FORGET_SECONDS, KEPT, forget_packages, stored

pytestmark = pytest.mark.usefixtures("own_cache")


def quiet(_: str) -> None:
    """Takes lines of progress."""


def layer(content: str) -> Layer:
    return cached_layer("test", layer_key(content), lambda _: [file("x", content.encode())], quiet)


def image(content: str, said: list[str] | None = None) -> Image:
    said = [] if said is None else said
    return assemble("local/test:1", Run(), (layer(content),), said.append)


def test_an_archive_is_written_once() -> None:
    said: list[str] = []
    assert image("one", said) == image("one", said)
    assert len(said) == 1


def test_a_damaged_archive_is_written_again() -> None:
    before = image("one").archive.read_bytes()
    image("one").archive.write_bytes(before[:-1] + b"x")
    assert image("one").archive.read_bytes() == before


def test_a_tag_can_come_from_the_digest() -> None:
    made = assemble(lambda digest: f"local/test:sha-{digest[7:19]}", Run(), (layer("one"),), quiet)
    assert made.reference == f"local/test:sha-{made.digest[7:19]}"


def test_of_one_repository_only_the_latest_archives_stay() -> None:
    contents = [str(number) for number in range(KEPT + 2)]
    made: list[Image] = []
    for age, content in zip(range(len(contents), 0, -1), contents, strict=True):
        made.append(image(content))
        if made[-1].archive.exists():
            when = made[-1].archive.stat().st_mtime - age * 10
            os.utime(made[-1].archive, (when, when))
    assert [each.archive.exists() for each in made] == [False] * 2 + [True] * KEPT
    assert [each.digest for each in stored()] == [each.digest for each in reversed(made[-KEPT:])]


def test_a_layer_goes_when_no_archive_holds_it_and_nobody_used_it_for_long() -> None:
    held, unheld, fresh = image("held").layers[0], layer("unheld"), layer("fresh")
    for each in (held, unheld):
        when = each.path.stat().st_mtime - FORGET_SECONDS - 1
        os.utime(each.path, (when, when))
    assemble("local/other:1", Run(), (layer("other"),), quiet)
    assert [each.path.exists() for each in (held, unheld, fresh)] == [True, False, True]


def test_looking_for_newer_packages_forgets_those_layers_and_no_others() -> None:
    packages = cached_layer("runtime", layer_key("r"), lambda _: [file("x", b"")], quiet)
    code = layer("code")
    forget_packages()
    assert [each.path.exists() for each in (packages, code)] == [False, True]


def test_a_file_in_the_cache_that_describes_nothing_is_ignored() -> None:
    image("one")
    place: Path = home() / "archives/local-test/odd"
    place.mkdir()
    (place / "image.json").write_text("{}")
    assert len(stored()) == 1
