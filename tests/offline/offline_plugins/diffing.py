"""Differences between old and new inputs, property by property, as the engine wants to see them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pulumi.runtime.proto import provider_pb2

from offline_plugins.wire import UNKNOWN, reveal

Step = str | int
Path = tuple[Step, ...]


@dataclass(frozen=True)
class Change:
    """One property that differs."""

    path: Path
    kind: Literal["ADD", "UPDATE", "DELETE"]


def changes(old: Any, new: Any, path: Path = ()) -> list[Change]:
    """Return the smallest properties that differ; keys that begin with two underscores are nobody's inputs.

    Null is the same as absent; lists are compared position by position.
    """
    old, new = reveal(old), reveal(new)
    if new is UNKNOWN:
        return [Change(path, "ADD" if old is None else "UPDATE")]
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in {**old, **new} if not key.startswith("__")]
        return [change for key in keys for change in changes(old.get(key), new.get(key), (*path, key))]
    if isinstance(old, list) and isinstance(new, list):
        longest = max(len(old), len(new))
        pad_old, pad_new = old + [None] * (longest - len(old)), new + [None] * (longest - len(new))
        return [each for i in range(longest) for each in changes(pad_old[i], pad_new[i], (*path, i))]
    if old == new:
        return []
    if old is None:
        return [Change(path, "ADD")]
    return [Change(path, "DELETE" if new is None else "UPDATE")]


def text(path: Path) -> str:
    """Write a path the way the engine does: ``spec.ports[0]["a.b"]``."""
    shown = ""
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
        elif step.replace("_", "").replace("-", "").isalnum():
            shown += f".{step}" if shown else step
        else:
            shown += f'["{step}"]'
    return shown


def response(found: list[Change], replaces: Callable[[Path], bool], *, delete_first: bool) -> provider_pb2.DiffResponse:
    """Answer a Diff call.

    Args:
        found: the changes.
        replaces: says of a path whether changing it needs a new object.
        delete_first: the new object cannot exist beside the old one.
    """
    if not found:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
    detailed: dict[str, provider_pb2.PropertyDiff] = {}
    replacing: list[str] = []
    for change in found:
        kind: str = change.kind
        if replaces(change.path):
            kind += "_REPLACE"
            replacing.append(text(change.path))
        detailed[text(change.path)] = provider_pb2.PropertyDiff(
            kind=provider_pb2.PropertyDiff.Kind.Value(kind), inputDiff=True
        )
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        diffs=sorted({str(change.path[0]) for change in found}),
        replaces=replacing,
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=bool(replacing) and delete_first,
    )
