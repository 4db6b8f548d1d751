"""A whole region built against Pulumi's mocks, once for each set of settings: fast, and every object can be asked."""

import asyncio
import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks

from infra.catalogue import read_catalogue
from infra.region import Region, RegionArgs
from infra.settings import Settings, parse

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Made:
    """One resource as the program asked for it."""

    type: str
    name: str
    inputs: dict[str, Any]

    @property
    def kind(self) -> str:
        """Kubernetes kind, empty for anything else."""
        return str(self.inputs.get("kind", ""))

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace, name."""
        metadata = self.inputs.get("metadata", {})
        return self.kind, metadata.get("namespace", ""), metadata.get("name", "")

    @property
    def pod(self) -> dict[str, Any] | None:
        """Pod template of a workload."""
        template = self.inputs.get("spec", {}).get("template")
        return template if isinstance(template, dict) else None


@dataclass
class Recorder(mocks.Mocks):
    """Answers every registration and remembers it."""

    made: list[Made] = field(default_factory=list)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made.append(Made(args.typ, args.name, args.inputs))
        outputs = dict(args.inputs)
        if args.typ == "random:index/randomPassword:RandomPassword":
            outputs["result"] = f"{args.name}-secret"
        if args.typ == "random:index/randomBytes:RandomBytes":
            outputs["base64"] = base64.b64encode(b"s" * 32).decode()
        return f"{args.name}-id", outputs

    def call(self, _args: mocks.MockCallArgs) -> dict[str, Any]:
        return {}


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


def run_program(answers: mocks.Mocks, program: Callable[[], None]) -> None:
    """Run a Pulumi program against mocks."""
    with own_event_loop():
        mocks.set_mocks(answers, project="mcp", stack="test", preview=False)
        pulumi.runtime.test(program)()


@contextmanager
def own_event_loop() -> Iterator[None]:
    """Pulumi takes the event loop of each thread, and where there is none makes one that nobody closes."""
    loops: list[asyncio.AbstractEventLoop] = []

    def equip_thread() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    equip_thread()
    with ThreadPoolExecutor(initializer=equip_thread) as executor:
        loops[0].set_default_executor(executor)
        try:
            yield
        finally:
            asyncio.set_event_loop(None)
    for loop in loops:
        loop.close()


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
