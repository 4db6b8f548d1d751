"""The one error of ``make up``: a sentence for the person at the terminal, with the remedy in it."""

import errno


class LocalError(RuntimeError):
    """The platform cannot be brought up, and what to do about it, in one sentence."""


def disk_full(error: OSError) -> LocalError | None:
    """The sentence for an error that says that a disk is full, or ``None`` for any other error."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    where = f" at {error.filename}" if error.filename else ""
    return LocalError(f"The disk is full{where}: free some gigabytes, then run `make up` again; it goes on from there.")
