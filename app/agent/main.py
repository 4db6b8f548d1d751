"""``python -m app agent``: one process, one role, one MCP endpoint."""

import asyncio
import signal
import socket
from collections.abc import Mapping
from types import FrameType

import uvicorn

from app.agent.metrics import AgentMetrics
from app.agent.rolefile import RoleFile
from app.agent.server import AgentServer
from app.agent.settings import AgentSettings, parse
from app.agent.turns import Turns
from app.environment import BadEnvironmentError
from app.llm.choice import build
from app.llm.failover import Failover
from app.logging import configure
from contract import environment as names


def main(variables: Mapping[str, str]) -> int:
    """Serve until SIGTERM or SIGINT, then finish the turns under way. Raises :class:`BadEnvironmentError`."""
    settings = parse(variables)
    configure("agent", settings.role_id, settings.log_level)
    role_file = RoleFile(settings.role_file, settings.role_id)
    listener = listen(settings.bind_host, settings.port)
    # uvicorn raises the signal again once it has drained; an orderly end is not a death by signal.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    asyncio.run(serve(settings, role_file, listener))
    return 0


async def serve(settings: AgentSettings, role_file: RoleFile, listener: socket.socket) -> None:
    """Run the application and the watch on the role file until the server ends."""
    metrics = AgentMetrics()
    llm = Failover(build(settings.providers), settings.models, metrics)
    agent = AgentServer(settings, role_file, Turns(role_file, llm, metrics, settings.agent_timeout), metrics)
    server = AgentHttp(agent, settings)
    stop = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(role_file.watch(stop))
            try:
                await server.serve([listener])
            finally:
                stop.set()
    finally:
        await llm.aclose()


class AgentHttp(uvicorn.Server):
    """uvicorn that says ``draining`` on /ready as soon as it is told to end."""

    def __init__(self, agent: AgentServer, settings: AgentSettings) -> None:
        super().__init__(
            uvicorn.Config(
                agent.application(),
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=settings.drain_seconds,
                timeout_keep_alive=75,
                server_header=False,
                lifespan="on",
            )
        )
        self._agent = agent

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note the drain, then let uvicorn finish what is under way."""
        self._agent.draining = True
        super().handle_exit(sig, frame)


def _ignore(_: int, __: FrameType | None) -> None:
    """Leaves the end to the server."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises :class:`BadEnvironmentError` where the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only where it is: without, each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = f"is {port}, which cannot be listened on: {error.strerror}"
        raise BadEnvironmentError(names.MCP_PORT, reason, "free the port or choose another") from None
    listener.listen(1024)
    return listener
