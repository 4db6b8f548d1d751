"""Failures as the engine reads them: plain ones, and those that leave an object behind which is to be recorded."""

from dataclasses import dataclass
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from offline_plugins.kubernetes.awaiting import NotReadyError

DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True)
class Status(grpc.Status):
    """A gRPC status with metadata."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def fail(context: grpc.ServicerContext, message: str) -> NoReturn:
    """End the call with a message; nothing was made or changed."""
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort raises")


def fail_unready(
    context: grpc.ServicerContext,
    error: NotReadyError,
    identity: str,
    properties: struct_pb2.Struct,
    inputs: struct_pb2.Struct | None = None,
) -> NoReturn:
    """End the call with the object's partial state: the engine records it and tries again to wait at the next update.

    Args:
        context: the call.
        error: why the object is not ready.
        identity: resource id.
        properties: outputs.
        inputs: for a refresh, the inputs as the live object shows them.
    """
    detail = provider_pb2.ErrorResourceInitFailed(
        id=identity, properties=properties, reasons=error.reasons, inputs=inputs
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    code = grpc.StatusCode.UNKNOWN
    status: Any = status_pb2.Status(code=code.value[0], message=str(error), details=[packed])
    context.abort_with_status(Status(code, str(error), ((DETAILS, status.SerializeToString()),)))
    raise AssertionError("abort raises")
