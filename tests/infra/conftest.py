"""A whole region built against a recorder, once for each set of settings: fast, and every object can be asked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.catalogue import read_catalogue
from infra.region import Region, RegionArgs
from infra.rendering.recorder import Made, Recorder, own_event_loop, run_program
from infra.settings import Settings, parse

REPOSITORY = Path(__file__).parents[2]


def document_of(stack: str) -> dict[str, Any]:
    """``mcp:settings`` of a committed stack file."""
    text = (REPOSITORY / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["config"]["mcp:settings"]


def build(settings: Settings) -> list[Made]:
    """Every resource of the region that ``settings`` describe."""
    recorder = Recorder()

    def program() -> None:
        Region(settings.region, RegionArgs(settings=settings, catalogue=read_catalogue(settings.roles_directory)))

    run_program(recorder, program)
    return recorder.made


@pytest.fixture(autouse=True)
def event_loop_for_pulumi() -> Iterator[None]:
    """A loop for the resources and outputs that a test makes by itself."""
    with own_event_loop():
        yield


@pytest.fixture(scope="session")
def local_document() -> Iterator[Callable[[], dict[str, Any]]]:
    """A fresh copy of stack ``local``'s settings at each call."""
    yield lambda: document_of("local")


@pytest.fixture(scope="session")
def settings_of() -> Callable[[str], dict[str, Any]]:
    """A fresh copy of a committed stack's settings at each call."""
    return document_of


@pytest.fixture(scope="session")
def region_of() -> Callable[[dict[str, Any]], list[Made]]:
    """Build the region of a settings object."""
    return lambda document: build(parse(document))


@pytest.fixture(scope="session")
def local() -> list[Made]:
    """Stack ``local``."""
    return build(parse(document_of("local")))


@pytest.fixture(scope="session")
def prod() -> list[Made]:
    """Stack ``prod``."""
    return build(parse(document_of("prod")))
