"""The MCP connection: absent, broken and silent agents, and calls that are given up."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.engine.turns.link import AgentLinks, AgentLost, AgentUnreachable
from app.engine.turns.tokens import TokenMint
from app.llm.ports import LlmAnswer
from contract.turn import TurnResponse
from tests.agents.agents import running_agent
from tests.agents.scripted import ScriptedLlm, says
from tests.agents.turns import developer_output, turn

KEY = Ed25519PrivateKey.generate()
MINT = TokenMint(lambda: KEY)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def peer(answer: bytes | None) -> AsyncIterator[str]:
    """A server that answers every connection with ``answer`` and closes it; with None it says nothing."""
    open_writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        if answer is not None:
            writer.write(answer)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    finally:
        server.close()
        for writer in open_writers:
            writer.close()


@pytest.mark.anyio
async def test_an_absent_agent_was_not_asked() -> None:
    async with AgentLinks() as links:
        with pytest.raises(AgentUnreachable):
            await links.take_turn(f"http://127.0.0.1:{free_port()}/mcp", turn(), MINT(turn()), 5)


HTTP = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not http",
        HTTP + b"1000\r\n\r\n{",
        HTTP + b"9\r\n\r\nnot json!",
        HTTP + b"2\r\n\r\n{}",
        HTTP + b'36\r\n\r\n{"jsonrpc":"2.0","id":1,"result":{}}',
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nno",
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",
    ],
    ids=["closed", "garbage", "cut", "no json", "empty", "no result", "proxy", "redirect", "accepted"],
)
async def test_an_answer_that_cannot_be_read_is_a_lost_agent(answer: bytes) -> None:
    async with AgentLinks() as links, peer(answer) as url:
        with pytest.raises(AgentLost):
            await links.take_turn(url, turn(), MINT(turn()), 5)


@pytest.mark.anyio
async def test_a_silent_agent_is_a_timeout() -> None:
    async with AgentLinks() as links, peer(None) as url:
        with pytest.raises(TimeoutError):
            await links.take_turn(url, turn(), MINT(turn()), 0.2)


@pytest.mark.anyio
async def test_one_failing_agent_leaves_the_others_calls_alone() -> None:
    with running_agent("developer", KEY) as agent:
        async with AgentLinks() as links:
            dead = f"http://127.0.0.1:{free_port()}/mcp"
            asked = [agent.url, dead, agent.url, dead]
            answers = await asyncio.gather(
                *(links.take_turn(url, turn(), MINT(turn()), 10) for url in asked), return_exceptions=True
            )
    assert [type(answer) for answer in answers] == [TurnResponse, AgentUnreachable] * 2


@pytest.mark.anyio
async def test_an_agent_that_comes_back_is_reached_again() -> None:
    async with AgentLinks() as links:
        for _ in range(2):
            with running_agent("developer", KEY) as agent:
                url = agent.url
                assert isinstance(await links.take_turn(url, turn(), MINT(turn()), 10), TurnResponse)
            with pytest.raises((AgentUnreachable, AgentLost)):
                await links.take_turn(url, turn(), MINT(turn()), 5)


class Hanging(ScriptedLlm):
    """Never answers; its events are set from the agent's thread."""

    def __init__(self) -> None:
        super().__init__([says(developer_output())])
        self.began = threading.Event()
        self.cancelled = threading.Event()

    async def complete(self, *_: object) -> LlmAnswer:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        raise AssertionError


@pytest.mark.anyio
async def test_a_call_that_is_given_up_ends_the_models_work() -> None:
    llm = Hanging()
    with running_agent("developer", KEY, [llm]) as agent:
        async with AgentLinks() as links:
            call = asyncio.create_task(links.take_turn(agent.url, turn(), MINT(turn()), 30))
            assert await asyncio.to_thread(llm.began.wait, 5)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(llm.cancelled.wait, 5)


@pytest.mark.anyio
async def test_links_close_while_calls_are_under_way() -> None:
    async with asyncio.timeout(5), peer(None) as url:
        links = await AgentLinks().__aenter__()
        call = asyncio.create_task(links.take_turn(url, turn(), MINT(turn()), 3))
        await asyncio.sleep(0)
        await links.__aexit__(None, None, None)
        with pytest.raises((AgentLost, AgentUnreachable, TimeoutError)):
            await call
