"""The one error of ``make up``: a sentence for the person at the terminal, with the remedy in it."""

import errno
import shutil
from pathlib import Path
from typing import Final

NEEDED_BYTES: Final = 1_000_000_000
"""What state and data of one platform take, with some room."""
EXHAUSTED_BYTES: Final = 32_000_000
"""With less than this free, whatever failed most likely failed for want of it."""


class LocalError(RuntimeError):
    """The platform cannot be brought up, and what to do about it, in one sentence."""


def disk_full(error: OSError) -> LocalError | None:
    """The sentence for an error that says that a disk is full, or ``None`` for any other error."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    where = f" at {error.filename}" if error.filename else ""
    return LocalError(f"The disk is full{where}: free some gigabytes, then run `make up` again; it goes on from there.")


def require_space(directory: Path, needed: int = NEEDED_BYTES) -> None:
    """Refuse to begin what the disk cannot hold. Raises :class:`LocalError`."""
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise LocalError(
            f"The disk of {directory} has {free / 1e9:.2f} GB free and the platform needs {needed / 1e9:.0f} GB: "
            "free some, or name a directory on another disk in MCP_PLATFORM_STATE."
        )


def is_exhausted(directory: Path) -> bool:
    """Whether the disk has become full, which explains failures that do not say so."""
    return directory.exists() and shutil.disk_usage(directory).free < EXHAUSTED_BYTES
