"""Stands in for Pulumi's engine: answers every registration and remembers it.

What a generator of secrets would make is a fixed stand-in, so the same program always gives the same objects.
"""

import asyncio
import base64
import hashlib
import logging
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, rpc

LOGGER: Final = logging.getLogger("mcp.program")
"""What the program says with ``pulumi.log``."""
SIGNATURE: Final = rpc._special_sig_key  # pyright: ignore[reportPrivateUsage]
SECRET: Final = rpc._special_secret_sig  # pyright: ignore[reportPrivateUsage]


@dataclass(frozen=True)
class Secret:
    """A value that Pulumi keeps encrypted; it does not show itself."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True)
class Made:
    """One resource as the program asked for it.

    Attributes:
        type: Pulumi's, such as ``kubernetes:core/v1:Secret``.
        name: of the resource.
        inputs: in clear.
        sealed: the same with every secret as :class:`Secret`, however deep.
        urn: its identity.
        after: URNs of what it waits for, its parent's among them.
    """

    type: str
    name: str
    inputs: dict[str, Any]
    sealed: dict[str, Any]
    urn: str
    after: frozenset[str]

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
        """Pod template of a workload, also of one on a schedule."""
        spec = self.inputs.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        return cast("dict[str, Any]", template) if isinstance(template, dict) else None


class Generated(mocks.Mocks):
    """Answers for resources whose outputs a provider makes up."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """The inputs, and for generators what they would generate."""
        outputs = dict(cast("dict[str, Any]", args.inputs))
        if args.typ == "random:index/randomPassword:RandomPassword":
            outputs["result"] = f"{args.name}-secret"
        if args.typ == "random:index/randomBytes:RandomBytes":
            outputs["base64"] = base64.b64encode(hashlib.sha256(args.name.encode()).digest()).decode()
        return f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> Any:  # noqa: ARG002 - Pulumi's name
        """Functions of providers know nothing."""
        return {}


class Recorder(mocks.MockMonitor):
    """Remembers every registered resource but the stack itself, components too."""

    def __init__(self, answers: mocks.Mocks | None = None) -> None:
        super().__init__(answers or Generated())
        self.made: list[Made] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        """Answer as the mocks do, and remember."""
        answer = super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType]
        if request.type != "pulumi:pulumi:Stack":
            sealed = cast("dict[str, Any]", _sealed(MessageToDict(request.object)))
            after = frozenset({*request.dependencies, request.parent} - {""})
            self.made.append(Made(request.type, request.name, opened(sealed), sealed, answer.urn, after))
        return answer


def opened(value: Any) -> Any:
    """``value`` with every :class:`Secret` in clear."""
    return revealed(value, lambda secret: opened(secret.value))


def revealed(value: Any, show: Callable[[Secret], Any]) -> Any:
    """``value`` with ``show`` of each :class:`Secret` in its place."""
    match value:
        case Secret():
            return show(value)
        case dict():
            return {key: revealed(each, show) for key, each in cast("dict[str, Any]", value).items()}
        case list():
            return [revealed(each, show) for each in cast("list[Any]", value)]
        case _:
            return value


def _sealed(value: Any) -> Any:
    """What a registration carries: secrets marked, whole numbers as such, nothing that is not there."""
    match value:
        case {"value": inner} if value.get(SIGNATURE) == SECRET:
            return Secret(_sealed(inner))
        case dict():
            return {key: _sealed(each) for key, each in cast("dict[str, Any]", value).items() if each is not None}
        case list():
            return [_sealed(each) for each in cast("list[Any]", value)]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def run_program(answers: mocks.Mocks | Recorder, program: Callable[[], None]) -> None:
    """Run a Pulumi program against mocks, or against a recorder."""
    recorder = answers if isinstance(answers, Recorder) else Recorder(answers)
    with own_event_loop():
        mocks.set_mocks(recorder.mocks, project="mcp", stack="test", preview=False, logger=LOGGER, monitor=recorder)
        pulumi.runtime.test(program)()  # pyright: ignore[reportUnknownMemberType]


@contextmanager
def own_event_loop() -> Generator[None]:
    """Pulumi takes the event loop of each thread, and where there is none makes one that nobody closes."""
    loops: list[asyncio.AbstractEventLoop] = []

    def equip_thread() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    equip_thread()
    try:
        with ThreadPoolExecutor(initializer=equip_thread) as executor:
            loops[0].set_default_executor(executor)
            yield
    finally:
        asyncio.set_event_loop(None)
        for loop in loops:
            loop.close()
