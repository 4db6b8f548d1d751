"""Stands in for the engine behind NGINX: says what it was asked, holds requests, and upgrades connections.

``/api/held`` answers when :meth:`Upstream.release` is called. An upgraded connection echoes bytes.
"""

import json
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECONDS = 20.0


class Upstream(ThreadingHTTPServer):
    """One server for both of the engine's ports."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._change = threading.Condition()
        self._holding = False
        self._held = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nobody's fault."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    def hold(self) -> None:
        """Requests to ``/api/held`` wait from now on."""
        with self._change:
            self._holding, self._held = True, 0

    def release(self) -> None:
        """They are answered."""
        with self._change:
            self._holding = False
            self._change.notify_all()

    def wait(self) -> None:
        """Wait for :meth:`release`, where somebody holds."""
        with self._change:
            self._held += 1
            self._change.notify_all()
            self._change.wait_for(lambda: not self._holding, SECONDS)

    def await_held(self, requests: int) -> None:
        """Return once so many requests wait."""
        with self._change:
            if not self._change.wait_for(lambda: self._held >= requests, SECONDS):
                raise AssertionError(f"{self._held} requests arrived, not {requests}")


class Handler(BaseHTTPRequestHandler):
    """One connection of NGINX."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Upstream

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def do_GET(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._echo()
            return
        if self.path == "/api/held":
            self.server.wait()
        self._answer(0)

    def do_POST(self) -> None:
        left = length = int(self.headers.get("Content-Length", "0"))
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self._answer(length)

    def _answer(self, length: int) -> None:
        heard = {"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}
        body = json.dumps(heard | {"bytes": length}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _echo(self) -> None:
        self.send_response_only(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        while heard := self.connection.recv(1024):
            self.connection.sendall(heard)
        self.close_connection = True


@contextmanager
def serving() -> Generator[Upstream]:
    """Serve until the end of the block."""
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.release()
            server.shutdown()
            thread.join()
