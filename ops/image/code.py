"""The layer of our own code: application, contract, client, and of `ops` what the operators' command imports."""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from ops.bootstrap import ROOT
from ops.image.entries import Entry, arranged, directory, file, fingerprint
from ops.image.layer import Layer, cached_layer, layer_key
from ops.image.paths import BILL, CODE, OPERATE, WORKDIR
from ops.image.python import Python, compiled
from ops.toolchain.cache import Report

WHOLE: Final = ("app", "client", "contract")
"""Packages that the image holds whole: some of their modules are loaded by path."""
COMMAND: Final = "ops.cli"
"""The operators' command; of its package the image holds what this imports."""
SCRIPT: Final = Path(__file__).with_name("mcp-ops")


def code_layer(
    python: Python, below: tuple[Layer, ...], bill: Callable[[], bytes], version: str, report: Report
) -> Layer:
    """The layer of our code, with its bytecode and the image's bill of materials.

    Args:
        python: the image's.
        below: the layers it lies on; the bytecode depends on them.
        bill: makes the bill of materials, which is decided by the layers below and the version.
        version: the project's.
        report: takes lines of progress.
    """
    entries = code(ROOT)

    def make(work: Path) -> Iterable[Entry]:
        return (file(BILL, bill()), *compiled(entries, python, work))

    key = layer_key("code", fingerprint(arranged(entries.values())), version, *(layer.digest for layer in below))
    return cached_layer("code", key, make, report)


def code(root: Path) -> dict[str, Entry]:
    """Everything of a clone that the image holds, as the image holds it."""
    entries = [
        *(file(f"{CODE}/{path.relative_to(root).as_posix()}", path) for path in sorted(sources(root))),
        file(f"{CODE}/LICENSE", root / "LICENSE"),
        file(OPERATE, SCRIPT, executable=True),
        directory(WORKDIR),
    ]
    return {entry.path: entry for entry in entries}


def sources(root: Path) -> Iterator[Path]:
    """Files of the packages; neither bytecode nor hidden files."""
    for package in WHOLE:
        for path in (root / package).rglob("*"):
            parts = path.relative_to(root).parts
            if path.is_file() and "__pycache__" not in parts and not any(part.startswith(".") for part in parts):
                yield path
    yield from imported(root, COMMAND)


def imported(root: Path, module: str) -> set[Path]:
    """The files of a module and of all that it imports from its own package, directly or not."""
    package = module.partition(".")[0]
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file(root, name)
        if path is None or path in found:
            continue
        found.add(path)
        waiting.append(name.rpartition(".")[0])
        waiting.extend(each for each in _imports(path) if each.partition(".")[0] == package)
    return found


def _file(root: Path, module: str) -> Path | None:
    path = root.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py") if module else ()
    return next((each for each in candidates if each.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
