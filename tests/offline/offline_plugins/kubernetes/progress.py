"""Sentences beside a resource while its operation runs, as the engine's display shows them."""

import contextlib

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

SECONDS = 5.0


class Progress:
    """Speaks to the engine that started the plugin.

    Args:
        engine: its address; empty where there is none, and nothing is said.
    """

    def __init__(self, engine: str) -> None:
        self._channel = grpc.insecure_channel(engine) if engine else None
        self._stub = engine_pb2_grpc.EngineStub(self._channel) if self._channel else None

    def say(self, urn: str, text: str, *, warning: bool = False) -> None:
        """Show a sentence until the next one; an engine that does not listen is no reason to fail."""
        if self._stub is None:
            return
        severity = engine_pb2.WARNING if warning else engine_pb2.INFO
        request = engine_pb2.LogRequest(severity=severity, message=text, urn=urn, ephemeral=True)
        with contextlib.suppress(grpc.RpcError):
            self._stub.Log(request, timeout=SECONDS)

    def close(self) -> None:
        """Say nothing more."""
        if self._channel is not None:
            self._channel.close()
