"""What of an installed Debian goes into an image: no traces of installing, no manuals, no right to become root."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from ops.image.entries import Entry, Kind

SPECIAL_BITS: Final = 0o6000
"""setuid and setgid: nothing in a container of ours becomes somebody else."""
EMPTIED: Final = re.compile(
    r"(boot|dev|media|mnt|proc|root|run|srv|sys|tmp|home|var/(cache|log|spool|tmp|backups|mail|lib/apt|lib/systemd)|etc/apt)/."
)
"""Directories that stay and whose contents go."""
DROPPED: Final = re.compile(
    r"""(
        etc/(dpkg/dpkg\.cfg\.d/99mmdebstrap|hostname|resolv\.conf|machine-id|mtab|\.pwd\.lock|(passwd|group|shadow|gshadow|subuid|subgid)-)
        | etc/ssl/(private/.+|certs/ssl-cert-snakeoil\.pem)
        | usr/share/(man|info|locale|lintian|doc-base|bug|bash-completion|zsh|pixmaps|applications)/.*
        | usr/share/doc/(?![^/]+(/copyright)?$).*
        | var/lib/dpkg/(.*-old|available|lock|lock-frontend|cmethopt|triggers/Lock|parts|alternatives/\.lock)
        | var/lib/(pam/seen|shells\.state)
    )$""",
    re.VERBOSE,
)
"""Paths that go; also the key that Debian makes for itself while it is installed.

Copyright files stay: the packages' licences ask for it, and the bill of materials reads them.
"""


def cleaned(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same entries without what a container does not need or what would differ between two installations."""
    for entry in entries:
        if _goes(entry.path) or (entry.target and _goes(str(PurePosixPath(entry.path).parent / entry.target))):
            continue
        yield replace(entry, mode=entry.mode & ~SPECIAL_BITS) if entry.kind is not Kind.LINK else entry


def _goes(path: str) -> bool:
    """Whether a path, or what a link beside it points to, is left out."""
    return EMPTIED.match(path) is not None or DROPPED.match(path) is not None
