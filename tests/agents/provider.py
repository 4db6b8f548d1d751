"""A local HTTP server that answers as a provider's API would, from a script; it records what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Scripted:
    """One answer."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    """Answer only when this is set."""


@dataclass
class FakeProvider:
    """``asked``: path, headers and JSON body of each request."""

    url: str
    script: list[Scripted]
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)


@contextmanager
def fake_provider(*script: Scripted) -> Iterator[FakeProvider]:
    fake = FakeProvider("", list(script))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            fake.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
            answer = fake.script.pop(0) if fake.script else Scripted(500, {"error": {"message": "script is over"}})
            if answer.hold is not None:
                answer.hold.wait(10)
            text = json.dumps(answer.body).encode()
            try:
                self.send_response(answer.status)
                for name, value in {"content-type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        for answer in fake.script:
            if answer.hold is not None:
                answer.hold.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
