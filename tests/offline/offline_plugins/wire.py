"""Property values between Pulumi's engine and a plugin: secrets, unknowns, numbers."""

from collections.abc import Callable
from typing import Any

from google.protobuf import struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXTS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Secret:
    """A value that must not be shown or stored in clear."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.value == self.value

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return "Secret(…)"


class Unknown:
    """A value that only the update will know."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


def decode(message: struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties of a message as plain Python with :class:`Secret` and :data:`UNKNOWN` inside."""
    return {key: _decoded(value) for key, value in message.fields.items()}


def encode(properties: dict[str, Any]) -> struct_pb2.Struct:
    """The inverse of :func:`decode`."""
    message = struct_pb2.Struct()
    for key, value in properties.items():
        _fill(message.fields[key], value)
    return message


def reveal(value: Any) -> Any:
    """Return the value without its secret marks."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(each) for key, each in value.items()}
    if isinstance(value, list):
        return [reveal(each) for each in value]
    return value


def has_unknown(value: Any) -> bool:
    """Say whether anything inside is not known yet."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, dict):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return value is UNKNOWN


def conceal(outputs: Any, inputs: Any) -> Any:
    """Mark as secret whatever stands in the outputs at a place where the inputs had a secret."""
    if isinstance(inputs, Secret):
        return outputs if isinstance(outputs, Secret) else Secret(outputs)
    if isinstance(outputs, dict) and isinstance(inputs, dict):
        return {key: conceal(each, inputs[key]) if key in inputs else each for key, each in outputs.items()}
    if isinstance(outputs, list) and isinstance(inputs, list):
        pairs = [conceal(out, given) for out, given in zip(outputs, inputs, strict=False)]
        return pairs + outputs[len(pairs) :]
    return outputs


_SCALARS: dict[str, Callable[[struct_pb2.Value], Any]] = {
    "null_value": lambda _: None,
    "bool_value": lambda value: value.bool_value,
}


def _decoded(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "list_value":
        return [_decoded(each) for each in value.list_value.values]
    if kind == "struct_value":
        fields = decode(value.struct_value)
        match fields.get(SIGNATURE):
            case None:
                return fields
            case "1b47061264138c4ac30d75fd1eb44270":
                return Secret(fields["value"])
            case "d0e6a833031e9bbcd3f4e8bde6ca49a4":
                inner = fields.get("value", UNKNOWN)
                return Secret(inner) if fields.get("secret") else inner
            case _:
                return fields
    return _SCALARS[kind or "null_value"](value)


def _fill(message: struct_pb2.Value, value: Any) -> None:
    if value is None:
        message.null_value = struct_pb2.NULL_VALUE
    elif value is UNKNOWN:
        message.string_value = UNKNOWN_TEXT
    elif isinstance(value, Secret):
        _fill(message, {SIGNATURE: SECRET, "value": value.value})
    elif isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, int | float):
        message.number_value = value
    elif isinstance(value, str):
        message.string_value = value
    elif isinstance(value, dict):
        message.struct_value.SetInParent()
        for key, each in value.items():
            _fill(message.struct_value.fields[key], each)
    else:
        message.list_value.SetInParent()
        for each in value:
            _fill(message.list_value.values.add(), each)
