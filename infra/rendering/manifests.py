"""Kubernetes manifests and Helm releases of the resources that a program made, as YAML without a secret."""

import base64
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from infra.rendering.recorder import Made, Secret, revealed
from infra.rendering.stacks import RenderingError

MASK: Final = "masked"
"""What is written in place of a secret; under ``data`` of a Secret in base64."""
MASKED_DATA: Final = base64.b64encode(MASK.encode()).decode()
CLUSTER_WIDE: Final = "_cluster"
CHARTS: Final = "_charts"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
FIRST: Final = ("apiVersion", "kind", "metadata")
NUMBER_OF_OTHERS: Final = re.compile(r"[-+]?(\d[\d_]*\.?\d*[eE][-+]?\d+|0[ob][0-7_]+)")
"""Text that PyYAML leaves bare and the YAML readers of Kubernetes take for a number."""


@dataclass(frozen=True)
class Manifest:
    """One file.

    Attributes:
        path: relative to the directory of the stack.
        document: what it holds, masked.
        wave: 0 for what waits for nothing; what it waits for has a lower one.
    """

    path: str
    document: dict[str, Any]
    wave: int

    @property
    def is_object(self) -> bool:
        """Whether it is a Kubernetes object; else it is a Helm release."""
        return not self.path.startswith(f"{CHARTS}/")

    @property
    def text(self) -> str:
        """As YAML; the same document gives the same bytes."""
        return yaml.dump(
            _ordered(self.document), Dumper=_Dumper, sort_keys=False, width=4096, allow_unicode=True, indent=2
        )


def manifests(made: Iterable[Made]) -> list[Manifest]:
    """Every object and release, in the order in which they are applied; what may come at once is sorted by path.

    Raises :class:`RenderingError` where two resources are the same object.
    """
    everything = list(made)
    wave = _waves(everything)
    documents = [(each, _masked(each)) for each in everything if each.kind and "apiVersion" in each.inputs]
    shared = Counter(_path(document) for _, document in documents)
    found: dict[str, Manifest] = {}

    def add(path: str, document: dict[str, Any], made: Made) -> None:
        if path in found:
            raise RenderingError(f"{made.name}: another resource is {path.removesuffix('.yaml')} too: rename one")
        found[path] = Manifest(path, document, wave[made.urn])

    for each, document in documents:
        add(_path(document, with_group=shared[_path(document)] > 1), document, each)
    for each in everything:
        if each.type == RELEASE:
            add(f"{CHARTS}/{_file(each.name)}", _release(each), each)
    return sorted(found.values(), key=lambda manifest: (manifest.wave, manifest.path))


def _waves(made: list[Made]) -> dict[str, int]:
    after = {each.urn: each.after for each in made}
    waves: dict[str, int] = {}

    def wave(urn: str) -> int:
        if urn not in waves:
            waves[urn] = 1 + max((wave(earlier) for earlier in after[urn] if earlier in after), default=-1)
        return waves[urn]

    for urn in after:
        wave(urn)
    return waves


def _masked(made: Made) -> dict[str, Any]:
    document = cast("dict[str, Any]", revealed(made.sealed, lambda secret: _hidden(secret, MASK)))
    document["metadata"] = {"name": made.name} | document.get("metadata", {})
    if made.kind == "Secret":
        for key, mask in (("data", MASKED_DATA), ("stringData", MASK)):
            if key in document:
                document[key] = dict.fromkeys(cast("dict[str, Any]", made.inputs[key]), mask)
    return document


def _hidden(secret: Secret, mask: str) -> Any:
    """The mask in the shape of the value: which keys there are is no secret."""
    match secret.value:
        case dict():
            shape = cast("dict[str, Any]", secret.value)
            return {key: _hidden(Secret(each), mask) for key, each in shape.items()}
        case list():
            return [_hidden(Secret(each), mask) for each in cast("list[Any]", secret.value)]
        case Secret():
            return _hidden(secret.value, mask)
        case _:
            return mask


def _release(made: Made) -> dict[str, Any]:
    inputs = cast("dict[str, Any]", revealed(made.sealed, lambda secret: _hidden(secret, MASK)))
    repository = cast("dict[str, Any]", inputs.get("repositoryOpts", {}))
    return {
        "name": inputs.get("name", made.name),
        "namespace": inputs.get("namespace", "default"),
        "chart": inputs.get("chart"),
        "version": inputs.get("version"),
        "repository": repository.get("repo"),
        "values": inputs.get("values", {}),
    }


def _path(document: Mapping[str, Any], with_group: bool = False) -> str:
    metadata = document["metadata"]
    group = document["apiVersion"].rpartition("/")[0]
    kind = f"{document['kind']}.{group}" if with_group and group else document["kind"]
    return f"{metadata.get('namespace', CLUSTER_WIDE)}/{_file(kind + '-' + metadata['name'])}"


def _file(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name) + ".yaml"


def _ordered(value: Any, first: tuple[str, ...] = (*FIRST, "name", "namespace", "chart", "version")) -> Any:
    """Keys sorted, but for those that say what a document is."""
    match value:
        case dict():
            fields = cast("dict[str, Any]", value)
            keys = [*(key for key in first if key in fields), *sorted(fields.keys() - set(first))]
            return {key: _ordered(fields[key], ("name",)) for key in keys}
        case list():
            return [_ordered(each, ("name",)) for each in cast("list[Any]", value)]
        case _:
            return value


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a block, and nothing that another reader takes for a number."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's name
        """Every value in full."""
        return True


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else "'" if NUMBER_OF_OTHERS.fullmatch(value) else None
    return dumper.represent_scalar(  # pyright: ignore[reportUnknownMemberType]
        "tag:yaml.org,2002:str", value, style=style
    )


_Dumper.add_representer(str, _text)
