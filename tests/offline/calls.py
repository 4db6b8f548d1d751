"""Calls of the Kubernetes provider as the engine makes them, without the engine, and what it says meanwhile."""

import threading
from collections.abc import Generator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from offline_plugins.kubernetes.awaiting import Patience
from offline_plugins.kubernetes.failing import DETAILS
from offline_plugins.kubernetes.provider import Provider
from offline_plugins.wire import decode, encode, reveal
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, status_pb2

from ops.controlplane.api import Json

SECONDS = 20.0
LONG = 600.0
"""No test waits for this to pass."""
PATIENCE = Patience(pause=0.05, settle=0.3, troubles=0.3)


@dataclass
class RefusedError(Exception):
    """A call was ended with an error; ``reasons`` and what follows are there if it left an object behind."""

    message: str
    identity: str = ""
    reasons: list[str] = field(default_factory=list[str])
    properties: Json = field(default_factory=dict[str, Any])
    inputs: Json = field(default_factory=dict[str, Any])

    def __str__(self) -> str:
        return "\n".join([self.message, *self.reasons])


def refused(message: str, details: bytes) -> RefusedError:
    """Read an error as the engine does."""
    status: Any = status_pb2.Status.FromString(details)
    (packed,) = status.details
    assert packed.type_url.endswith("/pulumirpc.ErrorResourceInitFailed")
    left = provider_pb2.ErrorResourceInitFailed()
    packed.Unpack(left)
    assert status.code == grpc.StatusCode.UNKNOWN.value[0]
    return RefusedError(
        message, left.id, list(left.reasons), reveal(decode(left.properties)), reveal(decode(left.inputs))
    )


class Context:
    """Stands for gRPC's context."""

    def abort(self, _code: object, details: str) -> NoReturn:
        """Refuse as gRPC does."""
        raise RefusedError(details)

    def abort_with_status(self, status: Any) -> NoReturn:
        """Refuse with details as gRPC does."""
        raise refused(status.details, dict(status.trailing_metadata)[DETAILS])


class Listener(engine_pb2_grpc.EngineServicer):
    """The engine's log, as far as the provider speaks to it."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.said: list[Any] = []

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - as gRPC prescribes
        """Note what was said."""
        with self._news:
            self.said.append(request)
            self._news.notify_all()
        return empty_pb2.Empty()

    def hear(self, words: str) -> Any:
        """Return the first message with these words, once it has been said."""
        with self._news:
            self._news.wait_for(lambda: any(words in each.message for each in self.said), SECONDS)
            found = next((each for each in self.said if words in each.message), None)
        assert found is not None, f"{words!r} was not said, but {[each.message for each in self.said]}"
        return found


class Calls:
    """One configured provider, its engine's log, and threads to call it from."""

    def __init__(self, provider: Any, listener: Listener) -> None:
        self.provider = provider
        self.listener = listener
        self._pool = futures.ThreadPoolExecutor(8)

    def create(self, manifest: Json, timeout: float = LONG) -> "futures.Future[Json]":
        """Create an object in a thread of its own; the future holds its outputs."""
        request = provider_pb2.CreateRequest(urn=urn(manifest), properties=encode(manifest), timeout=timeout)
        return self._pool.submit(lambda: _outputs(self.provider.Create(request, Context())))

    def update(self, manifest: Json, timeout: float = LONG) -> "futures.Future[Json]":
        """Update an object in a thread of its own."""
        request = provider_pb2.UpdateRequest(urn=urn(manifest), news=encode(manifest), timeout=timeout)
        return self._pool.submit(lambda: _outputs(self.provider.Update(request, Context())))

    def read(self, manifest: Json) -> Json:
        """Read an object as a refresh does."""
        metadata = manifest["metadata"]
        identity = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
        request = provider_pb2.ReadRequest(id=identity, urn=urn(manifest), inputs=encode(manifest))
        return _outputs(self.provider.Read(request, Context()))

    def refused(self, manifest: Json, timeout: float) -> RefusedError:
        """Create an object that does not get ready, and return the error."""
        return _refused(self.create(manifest, timeout))

    def cancelled(self, call: "futures.Future[Json]") -> RefusedError:
        """Cancel everything that waits, and return the error of one call."""
        self.provider.Cancel(empty_pb2.Empty(), Context())
        return _refused(call)

    def close(self) -> None:
        """End what still waits."""
        self.provider.Cancel(empty_pb2.Empty(), Context())
        self._pool.shutdown()
        self.provider.close()


@contextmanager
def calls(kubeconfig: str) -> Generator[Calls]:
    """A provider for the API server of a kubeconfig, with an engine that only listens."""
    listener = Listener()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(listener, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    provider = Provider(f"127.0.0.1:{port}", PATIENCE)
    provider.Configure(provider_pb2.ConfigureRequest(args=encode({"kubeconfig": kubeconfig})), Context())  # pyright: ignore[reportArgumentType]
    made = Calls(provider, listener)
    try:
        yield made
    finally:
        made.close()
        server.stop(1).wait()


def urn(manifest: Json) -> str:
    """The URN of a manifest's resource."""
    return f"urn:pulumi:dev::tiny::kubernetes:{manifest['apiVersion']}:{manifest['kind']}::it"


def _refused(call: "futures.Future[Json]") -> RefusedError:
    error = call.exception(SECONDS)
    assert isinstance(error, RefusedError), error
    return error


def _outputs(response: Any) -> Json:
    return reveal(decode(response.properties))
