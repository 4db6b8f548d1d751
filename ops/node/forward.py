"""Loopback ports of the host that lead into the node: ``python -m ops.node.forward PLAN``.

A node's network leads nowhere, so the host cannot route to it. This process listens on the host's loopback and
connects from threads that live in the node's network. A Service is found by name at its present cluster IP.
"""

import asyncio
import contextlib
import json
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx

from ops.controlplane.api import Api, ApiError
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.ports import LOOPBACK
from ops.node.namespaces import enter_network

CONNECT_SECONDS: Final = 5.0
REMEMBERED_SECONDS: Final = 2.0
THREADS: Final = 8
CHUNK: Final = 65536


@dataclass(frozen=True)
class Forward:
    """A port of the host and where it leads.

    Attributes:
        port: on the host's loopback.
        host: an address inside the node, or ``NAMESPACE/SERVICE``.
        target: port there.
    """

    port: int
    host: str
    target: int


@dataclass(frozen=True)
class ForwardPlan:
    """Every port of one node; ``pid`` is its first process, ``kubeconfig`` reaches its API server on the host."""

    pid: int
    kubeconfig: str
    forwards: tuple[Forward, ...]

    def to_json(self) -> str:
        """As :func:`read_plan` takes it."""
        return json.dumps(asdict(self), indent=1)


def read_plan(text: str) -> ForwardPlan:
    """The inverse of :meth:`ForwardPlan.to_json`."""
    document = json.loads(text)
    forwards = tuple(Forward(**each) for each in document.pop("forwards"))
    return ForwardPlan(**document, forwards=forwards)


class Addresses:
    """Cluster IPs of Services, remembered for a moment."""

    def __init__(self, ask: Callable[[str, str], str | None]) -> None:
        self._ask = ask
        self._known: dict[str, tuple[float, str]] = {}

    def resolve(self, host: str) -> str:
        """The address of ``host``. Raises :class:`OSError` where there is no such Service."""
        if "/" not in host:
            return host
        found = self._known.get(host)
        if found is not None and time.monotonic() - found[0] < REMEMBERED_SECONDS:
            return found[1]
        namespace, _, name = host.partition("/")
        address = self._ask(namespace, name)
        if address is None:
            raise OSError(f"Service {host} has no cluster IP")
        self._known[host] = (time.monotonic(), address)
        return address


def main(arguments: list[str]) -> int:
    """Listen until ended; the plan is read once."""
    plan = read_plan(Path(arguments[0]).read_text(encoding="utf-8"))
    listeners = [(_listener(each.port), each) for each in plan.forwards]
    pool = ThreadPoolExecutor(THREADS, initializer=enter_network, initargs=(plan.pid,))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(listeners, pool, Addresses(cluster_ips(Path(plan.kubeconfig)))))
    return 0


def cluster_ips(kubeconfig: Path) -> Callable[[str, str], str | None]:
    """How to ask the API server for a Service's address; None where it does not answer or does not know it."""

    def ask(namespace: str, name: str) -> str | None:
        try:
            api = Api.from_kubeconfig(kubeconfig, timeout=CONNECT_SECONDS)
            try:
                service = api.get("v1", "Service", name, namespace)
            finally:
                api.close()
        except (ApiError, ControlPlaneError, httpx.TransportError):
            return None
        address = str((service or {}).get("spec", {}).get("clusterIP", "None"))
        return None if address == "None" else address

    return ask


async def _serve(
    listeners: list[tuple[socket.socket, Forward]], pool: ThreadPoolExecutor, addresses: Addresses
) -> None:
    loop = asyncio.get_running_loop()

    def handler(forward: Forward) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], "asyncio.Task[None]"]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                address = await asyncio.to_thread(addresses.resolve, forward.host)  # from the host, as the API server
                connected = await loop.run_in_executor(pool, _connect, address, forward.target)
            except (OSError, BrokenExecutor):  # the latter where the node is gone and no thread can enter it
                writer.transport.abort()
                return
            await _join(reader, writer, connected)

        return lambda reader, writer: loop.create_task(handle(reader, writer))

    servers = [await asyncio.start_server(handler(forward), sock=listener) for listener, forward in listeners]
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _connect(address: str, port: int) -> socket.socket:
    return socket.create_connection((address, port), CONNECT_SECONDS)


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connected: socket.socket) -> None:
    connected.setblocking(False)
    there, back = await asyncio.open_connection(sock=connected)
    try:
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
    finally:
        for each in (writer, back):
            each.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Copy until the source ends, and pass its end on; a broken side breaks the other."""
    try:
        while chunk := await source.read(CHUNK):
            sink.write(chunk)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
    except OSError:
        sink.transport.abort()


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    listener.listen(128)
    return listener


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
