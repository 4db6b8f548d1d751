"""Users of an image: those who run its process, by the numbers that pods name."""

from dataclasses import replace
from typing import Final

from ops.image.base import Tree
from ops.image.entries import from_bytes, owned

PASSWD: Final = "etc/passwd"  # noqa: S105 - a file
GROUP: Final = "etc/group"


def with_user(tree: Tree, name: str, number: int, directory: str) -> Tree:
    """The tree with a user and a group of this name and number, who cannot log in.

    Where the name is taken, its files change hands; where the number is taken by another name, that name goes.
    """
    lines = {
        PASSWD: f"{name}:x:{number}:{number}:{name}:{directory}:/usr/sbin/nologin",
        GROUP: f"{name}:x:{number}:",
    }
    before = {path: _numbers(tree, path).get(name) for path in lines}
    changed: Tree = {}
    for path, line in lines.items():
        kept = [each for each in _lines(tree, path) if each.split(":")[0] != name and each.split(":")[2] != str(number)]
        changed[path] = replace(tree[path], content=from_bytes("\n".join((*kept, line, "")).encode()))
    handed = {
        path: owned(
            entry,
            number if entry.uid == before[PASSWD] else entry.uid,
            number if entry.gid == before[GROUP] else entry.gid,
        )
        for path, entry in tree.items()
        if entry.uid == before[PASSWD] or entry.gid == before[GROUP]
    }
    return tree | handed | changed


def _numbers(tree: Tree, path: str) -> dict[str, int]:
    return {fields[0]: int(fields[2]) for fields in (line.split(":") for line in _lines(tree, path))}


def _lines(tree: Tree, path: str) -> list[str]:
    content = tree[path].content
    return content.read().decode().splitlines() if content is not None else []
