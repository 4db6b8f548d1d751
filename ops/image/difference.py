"""What one tree adds to another: the layer that turns the lower one into the upper one."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from ops.image.entries import Entry, Kind, file

WHITEOUT: Final = ".wh."
"""A file of this prefix removes the path without it from the layers below (OCI image specification)."""


def difference(lower: Mapping[str, Entry], upper: Mapping[str, Entry]) -> list[Entry]:
    """Entries that are new or changed in ``upper``, with their parents, and a whiteout for each that went."""
    changed = {path for path, entry in upper.items() if not _same(lower.get(path), entry)}
    gone = [path for path in lower if path not in upper and _is_directory(upper, str(PurePosixPath(path).parent))]
    parents = {str(parent) for path in (*changed, *gone) for parent in PurePosixPath(path).parents}
    return [
        *(entry for path, entry in upper.items() if path in parents or path in changed),
        *(file(str(PurePosixPath(path).with_name(WHITEOUT + PurePosixPath(path).name)), b"") for path in gone),
    ]


def _is_directory(tree: Mapping[str, Entry], path: str) -> bool:
    """Below anything else nothing has to be removed: it went with its directory."""
    return path == "." or (path in tree and tree[path].kind is Kind.DIRECTORY)


def _same(lower: Entry | None, upper: Entry) -> bool:
    if lower is None or (lower.kind, lower.mode, lower.uid, lower.gid) != (
        upper.kind,
        upper.mode,
        upper.uid,
        upper.gid,
    ):
        return False
    if upper.kind is Kind.FILE and lower.content is not None and upper.content is not None:
        return lower.content.size == upper.content.size and lower.identity() == upper.identity()
    return lower.target == upper.target
