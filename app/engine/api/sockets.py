"""Both ports on one server: the listening sockets, which application a port serves, and the wire's own limits."""

import asyncio
import errno
import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.environment import BadEnvironmentError
from contract.api import CloseCode

BACKLOG: Final = 1024
WEBSOCKET_MESSAGE_BYTES: Final = 65536
STUCK_SECONDS: Final = 10.0
"""How long a stream's client may leave what it is sent unread before the stream is closed."""
LINGER_SECONDS: Final = 10.0
"""How long a slow reader may then still take what was sent, and with it the reason."""
UNREAD_SECONDS: Final = 30
"""How long the kernel keeps a connection whose peer takes nothing."""
PING_SECONDS: Final = 20.0
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than NGINX keeps an upstream connection, so that it is NGINX who closes an idle one."""


def listen(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket. Raises :class:`BadEnvironmentError` where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # accepted sockets inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        what = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        raise BadEnvironmentError(
            variable, f"asks for {host}:{port}, which {what}", "free it or choose another"
        ) from None
    listener.setblocking(False)
    return listener


class PerPort:
    """Serves each port's own application and no other's."""

    def __init__(self, applications: Mapping[int, ASGIApp]) -> None:
        self._applications = applications

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._applications[scope["server"][1]](scope, receive, send)


class EventProtocol(WebSocketsSansIOProtocol):
    """WebSocket connection that ends a slow reader: memory per stream stays bounded by one write buffer."""

    _stuck: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The client's buffer is full: give it a while."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(STUCK_SECONDS, self._give_up)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._relent()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._relent()
        super().connection_lost(exc)

    async def send(self, message: ASGISendEvent) -> None:
        """A refused handshake is a complete one; without this the server logs each as a fault of the application."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def _relent(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _give_up(self) -> None:
        """Queue a last frame that says why, for the case that it reads on, and cut the line soon after."""
        self._stuck = None
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            reason = "too slow a reader; come back with your last seq"
            self.conn.send_close(CloseCode.SLOW_READER, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.SLOW_READER, "reason": reason})
        self.disconnected = True
        self.writable.set()  # whoever waits to send more is told that the client has gone
        self.transport.close()
        self._stuck = self.loop.call_later(LINGER_SECONDS, self.transport.abort)


class PlatformServer(Server):
    """A server that leaves signals to the process: draining comes before the end."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Install no handler."""
        yield


def server(applications: Mapping[int, ASGIApp], grace: int) -> PlatformServer:
    """A server for sockets of :func:`listen`. ``grace`` in seconds: how long requests may take to end at shutdown."""
    return PlatformServer(
        Config(
            PerPort(applications),
            lifespan="off",
            ws=EventProtocol,
            ws_max_size=WEBSOCKET_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            timeout_graceful_shutdown=grace,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            backlog=BACKLOG,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
    )
