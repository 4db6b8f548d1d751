"""Images of operators are built of programs of the cache, or are the official ones; what was built is remembered."""

from pathlib import Path

import pytest

from ops.operators.workshop import Workshop
from ops.toolchain.tool import ToolName

OFFICIAL = "registry.example/some/operator:1.2"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program, and a cache of this test alone."""
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "program"
    path.write_text("#!")
    return path


def workshop(programs: dict[ToolName, Path] | None) -> Workshop:
    """A workshop with these programs."""
    return Workshop(programs, Path("kubectl"), Path("helm"), "shell", lambda _: None)


def test_an_image_is_built_under_a_local_name_with_the_official_tag(program: Path) -> None:
    shop = workshop({ToolName.KEDA_OPERATOR: program})
    reference = shop.image(OFFICIAL, {"/keda": ToolName.KEDA_OPERATOR})
    assert reference == "local/operator:1.2"
    assert [image.reference for image in shop.built] == [reference]
    assert shop.built[0].archive.is_file()


def test_a_cluster_that_pulls_gets_the_official_image_and_nothing_is_built(program: Path) -> None:
    shop = workshop(None)
    assert shop.image(OFFICIAL, {"/keda": ToolName.KEDA_OPERATOR}) == OFFICIAL
    assert shop.built == []


def test_two_workshops_do_not_share_what_they_built(program: Path) -> None:
    one, two = workshop({ToolName.KEDA_OPERATOR: program}), workshop({})
    one.image(OFFICIAL, {"/keda": ToolName.KEDA_OPERATOR})
    assert two.built == []
