"""Reading Kubernetes objects as a policy sees them: plain mappings, possibly incomplete in a preview."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pulumi_policy.proxy import UnknownValueError

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One resource of a stack."""

    type: str
    name: str
    properties: Object


def item_from(type_: str, name: str, properties: Object) -> Item:
    """An item of what the engine hands over: its mappings and lists are proxies that raise on unknown values."""
    settled = _settled(properties)
    return Item(type_, name, cast("Object", settled) if isinstance(settled, dict) else {})


def _settled(value: object) -> object:
    """``value`` as plain dictionaries and lists, without what is not known yet."""
    if isinstance(value, Mapping):
        known: dict[str, object] = {}
        for key in cast("Mapping[str, object]", value):
            try:
                known[key] = _settled(cast("Mapping[str, object]", value)[key])
            except UnknownValueError:
                continue
        return known
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_settled(each) for each in cast("Sequence[object]", value)]
    return value


def pod_of(item: Item) -> Object | None:
    """Pod specification of a workload of ours, None for anything else."""
    if not item.type.startswith(("kubernetes:apps/", "kubernetes:batch/")):
        return None
    spec = under(item.properties, "spec")
    if item.type.endswith(":CronJob"):
        spec = under(spec, "jobTemplate", "spec")
    return under(spec, "template", "spec")


def containers(pod: Object) -> Iterator[Object]:
    """Every container, the initial ones among them."""
    for key in ("initContainers", "containers"):
        yield from entries(pod, key)


def under(properties: Object, *path: str) -> Object:
    """The mapping at ``path``, empty where there is none."""
    for key in path:
        below = properties.get(key)
        properties = cast("Object", below) if isinstance(below, Mapping) else {}
    return properties


def entries(properties: Object, key: str) -> list[Object]:
    """The list of mappings under ``key``, empty where there is none."""
    found = properties.get(key)
    return [cast("Object", each) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType]
