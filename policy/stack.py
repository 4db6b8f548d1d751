"""A stack as its policies see it, and what it says about itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from contract.names import ConfigMapName
from contract.residency import Zone, zones_in
from contract.tags import Tag, label_key
from policy.resources import Item, Object, under


@dataclass(frozen=True)
class Stack:
    """All resources of a stack."""

    items: Sequence[Item]

    def of(self, *types: str) -> Iterator[Item]:
        """Resources of these types."""
        return (item for item in self.items if item.type in types)

    @cached_property
    def outputs(self) -> Object:
        """What the stack exports."""
        found = [item.properties for item in self.of("pulumi:pulumi:Stack")]
        return found[0] if found else {}

    @cached_property
    def is_shared(self) -> bool:
        """Whether others depend on it: every stack does that does not say it is ``local``."""
        said = {self.outputs.get("environment"), *self._configured(ConfigMapName.GLOBAL, "ENVIRONMENT")} - {None}
        return said != {"local"}

    @cached_property
    def residency(self) -> Zone | None:
        """Residency zone, from the stack's outputs, the region's ConfigMap or tags; None where nothing says it."""
        said = self.outputs.get("residency")
        if said in (Zone.US, Zone.EU):
            return Zone(str(said))
        for region in self._configured(ConfigMapName.REGION, "REGION"):
            for zone in zones_in(str(region)).values():
                return zone
        for item in self.items:
            for key in (Tag.RESIDENCY, label_key(Tag.RESIDENCY)):
                if (tagged := tags_of(item).get(key)) in (Zone.US, Zone.EU):
                    return Zone(str(tagged))
        return None

    @cached_property
    def is_protected(self) -> bool:
        """Whether setting ``protection`` is on; a shared stack without the lock that says so counts as protected."""
        said = {item.properties.get("protection") for item in self.of("mcp:platform:Protection")}
        return "on" in said or (not said and self.is_shared)

    def _configured(self, name: str, key: str) -> Iterator[object]:
        for item in self.items:
            if item.kind == "ConfigMap" and item.metadata.get("name") == name:
                value = under(item.properties, "data").get(key)
                if isinstance(value, str):
                    yield value


def tags_of(item: Item) -> Object:
    """Tags of an AWS resource or labels of a GCP one, with what its provider adds."""
    found: dict[str, object] = dict(item.provider.tags)
    for key in ("tagsAll", "effectiveLabels"):
        found |= under(item.outputs, key)
    for key in ("tags", "labels", "resourceLabels"):
        found |= under(item.properties, key)
    return found
