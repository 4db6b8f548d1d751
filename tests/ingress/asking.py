"""A client that chooses its address, its name for the server and its version of TLS."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SECONDS = 20.0
API, WS = "api.mcp-platform.com", "ws.mcp-platform.com"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def trusting() -> ssl.SSLContext:
    """TLS with a server whose certificate nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Asks NGINX at ``port`` of loopback.

    Attributes:
        address: of loopback, from which it asks.
        host: in ``Host`` and as TLS's server name; an empty one gives neither a server name.
        tls: None for plain HTTP.
        proxied: an address that a load balancer at ``address`` names by PROXY protocol.
    """

    port: int
    address: str
    host: str = API
    tls: ssl.SSLContext | None = field(default_factory=trusting)
    proxied: str | None = None

    def connection(self) -> http.client.HTTPConnection:
        """One open connection."""
        raw = socket.create_connection(("127.0.0.1", self.port), SECONDS, (self.address, 0))
        if self.proxied:
            raw.sendall(f"PROXY TCP4 {self.proxied} 127.0.0.1 40000 {self.port}\r\n".encode())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.sock = self.tls.wrap_socket(raw, server_hostname=self.host or None) if self.tls else raw
        except BaseException:
            raw.close()
            raise
        return connection

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        connection = self.connection()
        try:
            return self.on(connection, path, method, body, headers)
        finally:
            connection.close()

    def on(
        self,
        connection: http.client.HTTPConnection,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on ``connection``."""
        connection.request(method, path, body, {"Host": self.host or "127.0.0.1", **(headers or {})})
        with connection.getresponse() as response:
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, b"" if response.status == 101 else response.read())
