"""pulumi-resource-aws and pulumi-resource-gcp: inputs are checked against the SDK's own types and recorded, no more.

They prove types and wiring. What a cloud would say or do is not known here: every default of the real providers, every
refusal of their APIs and every attribute that a cloud computes is missing or made up.
"""

# ruff: noqa: N802, ARG002 - gRPC prescribes the methods' names and arguments

import json
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from offline_plugins import STAMP, diffing
from offline_plugins.sdk_types import UnknownTypeError, faults, output_names
from offline_plugins.serving import serve
from offline_plugins.wire import UNKNOWN, conceal, decode, encode, reveal

TAGS = {"aws": ("tags", "defaultTags", "tagsAll"), "gcp": ("labels", "defaultLabels", "effectiveLabels")}
"""Package -> input with tags, the provider's own, output with both."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Records resources of one package; another region replaces them.

    Args:
        package: ``aws`` or ``gcp``.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._configured: dict[str, Any] = {}

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say whose types are kept."""
        return plugin_pb2.PluginInfo(version=version(f"pulumi-{self._package}"))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Every configuration is accepted."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Another configuration changes no resource."""
        found = diffing.changes(decode(request.old_inputs), decode(request.news))
        return diffing.response(found, lambda path: path[0] in ("region", "project"), delete_first=False)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Remember region and tags; the engine carries objects as JSON."""
        self._configured = reveal(decode(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse types, inputs and shapes that the SDK does not have, and missing ones that it requires."""
        inputs = reveal(decode(request.news))
        try:
            found = faults(_type(request.urn), {key: each for key, each in inputs.items() if not key.startswith("__")})
        except UnknownTypeError as error:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        failures = [provider_pb2.CheckFailure(property=path, reason=f"{path} {why}") for path, why in found]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Everything changes in place but names and places."""
        found = diffing.changes(decode(request.old_inputs), decode(request.news))
        places = ("region", "location", "zone", "name", "bucket")
        return diffing.response(found, lambda path: path[0] in places, delete_first=True)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Give back the inputs; what a cloud would compute is unknown in a preview and made up afterwards."""
        token, inputs = _type(request.urn), decode(request.properties)
        name = request.urn.rpartition("::")[2]
        outputs = self._outputs(token, name, inputs, preview=request.preview)
        identity = "" if request.preview else _identity(name, reveal(inputs))
        return provider_pb2.CreateResponse(id=identity, properties=encode(outputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Record the new inputs."""
        name = request.urn.rpartition("::")[2]
        outputs = self._outputs(_type(request.urn), name, decode(request.news), preview=request.preview)
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The state is all there is."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing exists outside the state."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing takes long."""
        return empty_pb2.Empty()

    def _outputs(self, token: str, name: str, inputs: dict[str, Any], *, preview: bool) -> dict[str, Any]:
        given = reveal(inputs)
        computed: dict[str, Any] = {}
        tags, defaults, all_tags = TAGS[self._package]
        for key in output_names(token) - given.keys():
            if key == all_tags:
                computed[key] = self._defaults(defaults) | (given.get(tags) or {})
            elif preview:
                computed[key] = UNKNOWN
            elif key in ("arn", "selfLink", "name", "bucket"):
                computed[key] = self._made_up(token, key, name)
        return conceal({**given, **computed, **({} if preview else {STAMP: True})}, inputs)

    def _made_up(self, token: str, key: str, name: str) -> str:
        place = self._configured.get("region", "nowhere")
        service = token.split(":")[1].partition("/")[0]
        if key in ("arn", "selfLink"):
            return f"{key}:offline:{service}:{place}:{name}"
        return name

    def _defaults(self, key: str) -> dict[str, Any]:
        found = self._configured.get(key) or {}
        found = json.loads(found) if isinstance(found, str) else found
        return found.get("tags", {}) if key == "defaultTags" else found


def main(package: str) -> None:
    """Serve."""
    serve(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(package), server), workers=16
    )


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _identity(name: str, inputs: dict[str, Any]) -> str:
    given = inputs.get("bucket") or inputs.get("name")
    return given if isinstance(given, str) else name
