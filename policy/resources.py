"""Resources as policies see them: plain mappings and lists, in a preview with parts that are not known yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pulumi_policy.proxy import UnknownValueError

Object = Mapping[str, Any]


class Unknown(Mapping[str, Any]):
    """What only the update will know. Asked for any key it answers with itself; the policy is asked again then."""

    def __getitem__(self, key: str) -> "Unknown":
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return other is self

    def __hash__(self) -> int:
        return id(self)


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Provider:
    """What a resource's provider adds to it."""

    region: str = ""
    tags: Object = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Item:
    """One resource of a stack."""

    type: str
    name: str
    properties: Object
    """What the program asks for. Of components, of the stack, and where that was not seen: the outputs."""
    outputs: Object = field(default_factory=dict[str, Any])
    """What came of it, with what server and cloud add; only a policy of the whole stack sees them."""
    urn: str = ""
    protect: bool = False
    provider: Provider = Provider()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Property -> URNs of the resources that its value comes from."""

    @property
    def group(self) -> str:
        """API group of a Kubernetes object (``core`` for the nameless one); empty for anything else."""
        package, _, rest = self.type.partition(":")
        return rest.partition(":")[0].partition("/")[0] if package == "kubernetes" else ""

    @property
    def kind(self) -> str:
        """``Deployment``, ``Bucket``: the last part of the type."""
        return self.type.rpartition(":")[2]

    @property
    def metadata(self) -> Object:
        """Metadata of a Kubernetes object."""
        return under(self.properties, "metadata")

    @property
    def namespace(self) -> str:
        """Namespace of a Kubernetes object."""
        return str(self.metadata.get("namespace") or "default")

    @property
    def object_name(self) -> str:
        """Name of a Kubernetes object."""
        return str(self.metadata.get("name") or self.name)


def settled(value: object) -> Any:
    """``value`` as plain mappings and lists.

    The engine hands over proxies that raise where something is unknown, and every number as a float.
    """
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        return {key: _at(mapping, key) for key in mapping}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        sequence = cast("Sequence[object]", value)
        return [_at(sequence, index) for index in range(len(sequence))]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _at(container: Any, key: str | int) -> Any:
    try:
        return settled(container[key])
    except UnknownValueError:
        return UNKNOWN


def under(properties: Object, *path: str) -> Object:
    """The mapping at ``path``, empty where there is none."""
    for key in path:
        below = properties.get(key)
        properties = cast("Object", below) if isinstance(below, Mapping) else {}
    return properties


def entries(properties: Object, key: str) -> list[Object]:
    """The mappings in the list under ``key``, empty where there is none."""
    return [cast("Object", each) for each in values(properties, key) if isinstance(each, Mapping)]


def values(properties: Object, key: str) -> list[Any]:
    """The list under ``key``, empty where there is none."""
    found = properties.get(key)
    return cast("list[Any]", found) if isinstance(found, list) else []


def differs(value: object, *accepted: object) -> bool:
    """Whether ``value`` is known and is none of ``accepted``."""
    return value is not UNKNOWN and value not in accepted


def strings(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every string with the keys that lead to it; ``{name: N, value: V}`` counts as ``{N: V}``."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        mapping = cast("Object", value)
        name = mapping.get("name")
        for key, each in mapping.items():
            shown = name if key == "value" and isinstance(name, str) else key
            yield from strings(each, (*path, shown))
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from strings(each, path)
