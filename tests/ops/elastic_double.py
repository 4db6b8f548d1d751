"""Stands in for Elasticsearch, which is in none of the registries: the few requests of the bootstrap, over TLS.

What it answers follows Elasticsearch's reference; that a real one answers so is not proven here.
"""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = tuple[int, dict[str, Any]]
STARTING: Answer = (503, {"error": {"type": "unavailable_exception", "reason": "starting"}})


@dataclass
class Elastic:
    """Its state, and what was asked of it."""

    policies: dict[str, Any] = field(default_factory=dict[str, Any])
    templates: dict[str, Any] = field(default_factory=dict[str, Any])
    indices: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Mappings of the stream's backing indices, oldest first; empty: there is no stream."""
    asked: list[str] = field(default_factory=list[str])
    unready: int = 0
    """So many requests are answered as by a store that starts."""
    credentials: str = "log_bootstrap:right"
    index_in_the_way: bool = False

    def answer(self, method: str, path: str, body: Any, credentials: str) -> Answer:
        """Status and body."""
        self.asked.append(f"{method} {path}")
        if self.unready > 0:
            self.unready -= 1
            return STARTING
        if credentials != self.credentials:
            return 401, {"error": {"type": "security_exception", "reason": "unable to authenticate user"}}
        match method, path.strip("/").split("/"):
            case "PUT", ["_ilm", "policy", name]:
                self.policies[name] = body["policy"]
                return 200, {"acknowledged": True}
            case "PUT", ["_index_template", name]:
                return self._template(name, body)
            case _, ["_data_stream", _]:
                return self._stream(method)
            case "GET", [index, "_mapping"]:
                return 200, {index: {"mappings": self.indices[int(index[-6:]) - 1]}}
            case "POST", [_, "_rollover"]:
                self._roll()
                return 200, {"acknowledged": True, "rolled_over": True}
            case _:
                return 400, {"error": {"type": "illegal_argument_exception", "reason": f"no handler for {path}"}}

    def _template(self, name: str, body: Any) -> Answer:
        if "data_stream" not in body or "index_patterns" not in body:
            return 400, {"error": {"type": "x_content_parse_exception", "reason": "required field is missing"}}
        self.templates[name] = body
        return 200, {"acknowledged": True}

    def _stream(self, method: str) -> Answer:
        if method == "GET":
            if not self.indices:
                return 404, {"error": {"type": "index_not_found_exception", "reason": "no such index"}}
            names = [{"index_name": f".ds-mcp-logs-{number:06}"} for number in range(1, len(self.indices) + 1)]
            return 200, {"data_streams": [{"name": "mcp-logs", "indices": names}]}
        if self.index_in_the_way:
            reason = "data stream [mcp-logs] conflicts with index"
            return 400, {"error": {"type": "illegal_state_exception", "reason": reason}}
        if not self.templates:
            return 400, {"error": {"type": "illegal_argument_exception", "reason": "no matching index template found"}}
        self._roll()
        return 200, {"acknowledged": True}

    def _roll(self) -> None:
        (template,) = self.templates.values()
        self.indices.append(template["template"]["mappings"])


@contextmanager
def serving(elastic: Elastic, certificate: Path, key: Path) -> Iterator[str]:
    """Its address on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            credentials = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            status, said = elastic.answer(self.command, self.path, body, credentials)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = _handle  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
