"""Ports that lead into the node: plans, Services found by name, and bytes both ways. No namespace is entered here."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from ops.controlplane.api import ApiError
from ops.controlplane.ports import LOOPBACK, free_ports
from ops.node import forward
from ops.node.forward import REMEMBERED_SECONDS, Addresses, Forward, ForwardPlan, cluster_ips, read_plan

pytestmark = pytest.mark.anyio
SECONDS = 10
ENGINE = "mcp-orchestration/engine"


@asynccontextmanager
async def forwarding(
    target: int, host: str = LOOPBACK, initializer: Callable[[], None] = lambda: None, known: str | None = LOOPBACK
) -> AsyncGenerator[int]:
    """A port that leads to ``target``, by the real server; its threads begin with ``initializer``."""
    listener = forward._listener(0)
    addresses = Addresses(lambda *_: known)
    others = asyncio.all_tasks()
    with ThreadPoolExecutor(2, initializer=initializer) as pool:
        serving = asyncio.create_task(forward._serve([(listener, Forward(0, host, target))], pool, addresses))
        try:
            async with asyncio.timeout(SECONDS):
                yield listener.getsockname()[1]
        finally:
            serving.cancel()
            await asyncio.wait(asyncio.all_tasks() - others, timeout=SECONDS)


@asynccontextmanager
async def target(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> AsyncGenerator[int]:
    """A real server on loopback."""
    server = await asyncio.start_server(answer, LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Give back what comes, until it ends."""
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    writer.write(b"that was all")
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def client(port: int) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a port of loopback."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def is_closed(port: int) -> bool:
    """Whether a connection is taken and at once ended, without a byte."""
    async with client(port) as (reader, _):
        try:
            return await reader.read() == b""
        except ConnectionResetError:
            return True


async def last_words(port: int) -> bytes:
    """What a client that says nothing is told."""
    async with client(port) as (reader, writer):
        writer.write_eof()
        return await reader.read()


def test_a_plan_survives_the_file_it_is_told_in() -> None:
    plan = ForwardPlan(42, "/state/kubeconfig", (Forward(16443, "10.88.0.10", 6443), Forward(8000, ENGINE, 80)))
    assert read_plan(plan.to_json()) == plan


def test_a_service_is_asked_for_once_in_a_moment_and_again_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [100.0], list[tuple[str, str]]()
    monkeypatch.setattr(forward, "time", SimpleNamespace(monotonic=lambda: now[0]))
    answers = iter(["10.96.0.1", "10.96.0.2"])

    def ask(namespace: str, name: str) -> str:
        asked.append((namespace, name))
        return next(answers)

    addresses = Addresses(ask)
    assert [addresses.resolve(ENGINE) for _ in range(3)] == ["10.96.0.1"] * 3
    now[0] += REMEMBERED_SECONDS
    assert addresses.resolve(ENGINE) == "10.96.0.2"
    assert asked == [("mcp-orchestration", "engine")] * 2


def test_an_unknown_service_is_an_error_of_the_system_and_not_remembered() -> None:
    answers = iter([None, "10.96.0.1"])
    addresses = Addresses(lambda *_: next(answers))
    with pytest.raises(OSError, match="Service mcp-orchestration/engine has no cluster IP"):
        addresses.resolve(ENGINE)
    assert addresses.resolve(ENGINE) == "10.96.0.1"


def test_an_address_is_asked_of_nobody() -> None:
    assert Addresses(lambda *_: pytest.fail("asked")).resolve("10.88.0.10") == "10.88.0.10"


class Answering:
    """Stands for the API server's client."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.open = 0

    def from_kubeconfig(self, _source: Path, timeout: float) -> "Answering":
        assert timeout <= SECONDS
        self.open += 1
        return self

    def get(self, *_: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.open -= 1


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ({"spec": {"clusterIP": "10.96.0.7"}}, "10.96.0.7"),
        ({"spec": {"clusterIP": "None"}}, None),
        (None, None),
        (ApiError(403, "Forbidden", "no"), None),
        (httpx.ConnectError("refused"), None),
    ],
    ids=["there", "headless", "not there", "refused", "no answer"],
)
def test_a_services_address_is_known_or_not_and_no_connection_is_kept(
    answer: Any, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = Answering(answer)
    monkeypatch.setattr(forward, "Api", stand_in)
    assert cluster_ips(Path("kubeconfig"))("namespace", "name") == address
    assert stand_in.open == 0


def test_without_a_kubeconfig_no_service_is_known(tmp_path: Path) -> None:
    assert cluster_ips(tmp_path / "absent")("namespace", "name") is None


async def test_bytes_pass_both_ways_and_in_order() -> None:
    content = bytes(range(256)) * 4096
    async with target(echo) as port, forwarding(port) as way, client(way) as (reader, writer):

        async def send() -> None:
            writer.write(content)
            await writer.drain()
            writer.write_eof()

        sending = asyncio.create_task(send())
        assert await reader.read() == content + b"that was all"
        await sending


async def test_a_client_that_has_said_everything_still_gets_its_answer() -> None:
    """The end of what the client says is passed on, and closes nothing but that direction."""
    async with target(echo) as port, forwarding(port) as way:
        assert await last_words(way) == b"that was all"


async def test_a_target_that_has_said_everything_can_still_be_told_something() -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        heard.set_result(await reader.read())
        writer.close()

    async with target(listen) as port, forwarding(port) as way, client(way) as (reader, writer):
        assert await reader.read() == b""
        writer.write(b"afterwards")
        writer.write_eof()
        assert await heard == b"afterwards"


async def test_a_target_that_breaks_breaks_the_client() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async with target(reset) as port, forwarding(port) as way, client(way) as (reader, writer):
        writer.write(b"x")
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""


async def test_a_refused_target_closes_the_client_at_once_and_is_tried_again_for_the_next() -> None:
    (port,) = free_ports(1)
    async with forwarding(port) as way:
        assert await is_closed(way)
        async with await asyncio.start_server(echo, LOOPBACK, port):
            assert await last_words(way) == b"that was all"


async def test_a_service_that_is_not_there_closes_the_client_at_once() -> None:
    async with target(echo) as port, forwarding(port, ENGINE, known=None) as way:
        assert await is_closed(way)


async def test_a_service_is_reached_at_its_address() -> None:
    async with target(echo) as port, forwarding(port, ENGINE) as way:
        assert await last_words(way) == b"that was all"


async def test_a_node_that_is_gone_closes_every_client_at_once() -> None:
    def gone() -> None:
        raise FileNotFoundError("/proc/1/ns/net")

    async with target(echo) as port, forwarding(port, initializer=gone) as way:
        assert await is_closed(way)
        assert await is_closed(way)


def test_it_listens_on_loopback_alone() -> None:
    with forward._listener(0) as listener:
        assert listener.getsockname()[0] == LOOPBACK
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
