"""The cache outside the tree: every file in it is complete, and what is recorded about it is checked on use."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

from ops.toolchain.failure import ToolchainError

Report = Callable[[str], None]
"""Takes one line of progress."""


def cache_root() -> Path:
    """Return the cache's directory: ``MCP_PLATFORM_CACHE``, else ``mcp-platform`` in the user's cache directory."""
    given = os.environ.get("MCP_PLATFORM_CACHE")
    if given:
        return Path(given).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-platform"


def require_space(directory: Path, needed: int, purpose: str) -> None:
    """Refuse to begin what the disk cannot hold.

    Args:
        directory: where it will be written; need not exist yet.
        needed: bytes.
        purpose: completes the sentence "… needs 3.0 GB".
    """
    existing = next(each for each in (directory, *directory.parents) if each.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise ToolchainError(
            f"The disk of {existing} has {free / 1e9:.1f} GB free and {purpose} needs {needed / 1e9:.1f} GB: "
            "free some, or point MCP_PLATFORM_CACHE at a directory on another disk."
        )


@contextlib.contextmanager
def exclusive(directory: Path, report: Report, purpose: str) -> Generator[None]:
    """Hold the directory's lock, so that two runs do not do the same work; says so when it has to wait."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"waiting for another run that is {purpose}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def staging(directory: Path) -> Generator[Path]:
    """Give a scratch directory beside the final place; it is gone afterwards, whatever happens."""
    directory.mkdir(parents=True, exist_ok=True)
    for left_over in directory.glob("staging-*"):  # of an interrupted run; the caller holds the lock
        shutil.rmtree(left_over, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(dir=directory, prefix="staging-"))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def record(file: Path) -> None:
    """Note the file's digest beside it; a file without a note counts as incomplete."""
    note = file.with_name(file.name + ".sha256")
    temporary = note.with_suffix(".new")
    temporary.write_text(digest(file) + "\n", encoding="ascii")
    temporary.replace(note)


def intact(file: Path) -> bool:
    """Say whether the file is there and is what was recorded."""
    note = file.with_name(file.name + ".sha256")
    try:
        return note.read_text(encoding="ascii").strip() == digest(file)
    except OSError:
        return False
