"""pulumi-resource-random: values drawn once, secret where the real provider's are."""

# ruff: noqa: N802, ARG002 - gRPC prescribes the methods' names and arguments

import base64
import secrets
import string
import uuid
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from offline_plugins import STAMP, diffing
from offline_plugins.serving import serve
from offline_plugins.wire import UNKNOWN, Secret, conceal, decode, encode, has_unknown, reveal

VERSION = version("pulumi-random")
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
Drawn = tuple[str, dict[str, Any]]
"""Resource id and outputs."""


def draw_text(inputs: dict[str, Any]) -> str:
    """Draw a string of ``length`` characters from the wanted classes, honouring each class's minimum."""
    classes = {
        "upper": (string.ascii_uppercase, "minUpper"),
        "lower": (string.ascii_lowercase, "minLower"),
        "numeric": (string.digits, "minNumeric"),
        "special": (inputs.get("overrideSpecial") or SPECIAL, "minSpecial"),
    }
    wanted = [pair for name, pair in classes.items() if inputs.get(name, True) is not False]
    least = [secrets.choice(letters) for letters, key in wanted for _ in range(inputs.get(key) or 0)]
    alphabet = "".join(letters for letters, _ in wanted)
    drawn = least + [secrets.choice(alphabet) for _ in range(inputs["length"] - len(least))]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)


def _password(inputs: dict[str, Any]) -> Drawn:
    return "none", {"result": Secret(draw_text(inputs))}


def _string(inputs: dict[str, Any]) -> Drawn:
    result = draw_text(inputs)
    return result, {"result": result}


def _bytes(inputs: dict[str, Any]) -> Drawn:
    drawn = secrets.token_bytes(inputs["length"])
    return "none", {"base64": Secret(base64.b64encode(drawn).decode()), "hex": Secret(drawn.hex())}


def _id(inputs: dict[str, Any]) -> Drawn:
    drawn, prefix = secrets.token_bytes(inputs["byteLength"]), inputs.get("prefix") or ""
    plain = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
    outputs = {
        "b64Std": prefix + base64.b64encode(drawn).decode(),
        "b64Url": prefix + plain,
        "dec": prefix + str(int.from_bytes(drawn)),
        "hex": prefix + drawn.hex(),
    }
    return plain, outputs


def _integer(inputs: dict[str, Any]) -> Drawn:
    result = inputs["min"] + secrets.randbelow(inputs["max"] - inputs["min"] + 1)
    return str(result), {"result": result}


def _uuid(inputs: dict[str, Any]) -> Drawn:
    del inputs
    result = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    return result, {"result": result}


KINDS: dict[str, tuple[Callable[[dict[str, Any]], Drawn], tuple[str, ...], tuple[str, ...]]] = {
    "random:index/randomPassword:RandomPassword": (_password, ("length",), ("result",)),
    "random:index/randomString:RandomString": (_string, ("length",), ()),
    "random:index/randomBytes:RandomBytes": (_bytes, ("length",), ("base64", "hex")),
    "random:index/randomId:RandomId": (_id, ("byteLength",), ()),
    "random:index/randomInteger:RandomInteger": (_integer, ("min", "max"), ()),
    "random:index/randomUuid:RandomUuid": (_uuid, (), ()),
}
"""Type token -> how it is drawn, inputs it needs, outputs that are secret."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Draws once at creation; any change of an input draws anew, in a new resource."""

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say whose semantics are kept."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """There is nothing to configure."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """There is nothing to configure."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """There is nothing to configure."""
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse kinds that are not offered, missing inputs, and lengths below one."""
        token, inputs = _type(request.urn), reveal(decode(request.news))
        if token not in KINDS:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the offline random provider does not offer {token}")
        reasons = {key: "is required" for key in KINDS[token][1] if inputs.get(key) is None}
        for key in ("length", "byteLength"):
            value = inputs.get(key, 1)
            if value is not UNKNOWN and value is not None and value < 1:
                reasons[key] = f"must be at least 1, not {value}"
        failures = [provider_pb2.CheckFailure(property=key, reason=f"{key} {why}") for key, why in reasons.items()]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Every change replaces."""
        found = diffing.changes(decode(request.old_inputs), decode(request.news))
        return diffing.response(found, lambda _: True, delete_first=False)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Draw; a preview leaves what is drawn unknown."""
        draw, _, secret = KINDS[_type(request.urn)]
        inputs = decode(request.properties)
        if request.preview or has_unknown(inputs):
            hidden = {key: Secret(UNKNOWN) for key in secret}
            return provider_pb2.CreateResponse(properties=encode({**inputs, **hidden}))
        identity, drawn = draw(reveal(inputs))
        shown = conceal({**reveal(inputs), **drawn, STAMP: True}, inputs)
        return provider_pb2.CreateResponse(id=identity, properties=encode(shown))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Never asked for: every change replaces."""
        return provider_pb2.UpdateResponse(properties=request.olds)

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The state is all there is."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing exists outside the state."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing takes long."""
        return empty_pb2.Empty()


def main() -> None:
    """Serve."""
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server), workers=16)


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]
