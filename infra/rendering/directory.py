"""Manifests on disk: what an earlier rendering wrote is replaced, and nothing else is touched."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.rendering.manifests import Manifest
from infra.rendering.stacks import RenderingError, Stack

ORDER: Final = "_order.txt"
"""Lists the files by wave, and so marks a directory as ours."""
HEADING: Final = (
    "# Written by `make render`, which replaces the files listed here: wave, then file. Secrets are masked."
)


@dataclass(frozen=True)
class Rendering:
    """What a directory is to hold: path -> text."""

    files: dict[str, str]

    @classmethod
    def of(cls, stack: Stack, manifests: Sequence[Manifest]) -> "Rendering":
        """The files of a stack."""
        order = [f"# stack {stack.name}", HEADING, *(f"{each.wave} {each.path}" for each in manifests)]
        return cls({ORDER: "\n".join(order) + "\n"} | {each.path: each.text for each in manifests})

    def differences(self, directory: Path) -> list[str]:
        """Paths whose file is missing, stale or not rendered any more."""
        wrong = [path for path, text in self.files.items() if _read(directory / path) != text]
        return sorted({*wrong, *(path for path in _listed(directory) if path not in self.files)})

    def write(self, directory: Path) -> None:
        """Write the files. Raises :class:`RenderingError` where the directory holds what no rendering wrote."""
        earlier = _listed(directory)
        if directory.exists() and not directory.is_dir():
            raise RenderingError(f"DIR = {directory}: is not a directory")
        if not earlier and directory.is_dir() and any(directory.iterdir()):
            raise RenderingError(
                f"DIR = {directory}: is not empty and was not written by a rendering (it has no {ORDER}): name an "
                "empty or a new directory"
            )
        foreign = [path for path in self.files if path not in earlier and (directory / path).exists()]
        if foreign:
            raise RenderingError(f"DIR = {directory}: {foreign[0]} was not written by a rendering: move it away")
        _remove(directory, earlier)
        for path, text in self.files.items():
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def _listed(directory: Path) -> list[str]:
    """The files of an earlier rendering, the list itself among them; none where there is none."""
    text = _read(directory / ORDER)
    if text is None or HEADING not in text.splitlines():
        return []
    paths = [line.partition(" ")[2] for line in text.splitlines() if not line.startswith("#")]
    return [ORDER, *(path for path in paths if path and not Path(path).is_absolute() and ".." not in Path(path).parts)]


def _remove(directory: Path, paths: Sequence[str]) -> None:
    for path in paths:
        (directory / path).unlink(missing_ok=True)
    for parent in {(directory / path).parent for path in paths} - {directory}:
        if parent.is_dir() and not any(parent.iterdir()):
            shutil.rmtree(parent)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, UnicodeDecodeError):
        return None
