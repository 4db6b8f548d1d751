"""``helm.v3.Release``: a chart needs the internet, so its release is recorded, not installed."""

from typing import Any

from pulumi.runtime.proto import provider_pb2

from offline_plugins import STAMP
from offline_plugins.kubernetes.urns import type_of
from offline_plugins.wire import conceal, encode, reveal

RELEASE = "kubernetes:helm.sh/v3:Release"
STATUS = {"status": {"status": "recorded"}}


def is_release(urn: str) -> bool:
    """Say whether a resource is a chart's release."""
    return type_of(urn) == RELEASE


def created(inputs: dict[str, Any], *, preview: bool) -> Any:
    """Record a release."""
    shown = conceal({**reveal(inputs), **STATUS, STAMP: True}, inputs)
    place = "/".join(str(reveal(inputs.get(key)) or "default") for key in ("namespace", "name"))
    return provider_pb2.CreateResponse(id="" if preview else place, properties=encode(shown))


def updated(inputs: dict[str, Any]) -> Any:
    """Record a release anew."""
    return provider_pb2.UpdateResponse(properties=encode({**inputs, **STATUS}))
