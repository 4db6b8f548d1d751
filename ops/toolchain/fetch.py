"""Fetching an official release and checking it against the published checksum."""

import re
import shutil
import tarfile
from pathlib import Path

from ops.toolchain.cache import Report, digest, require_space
from ops.toolchain.failure import ToolchainError
from ops.toolchain.internet import Internet
from ops.toolchain.tool import Release, Tool

RELEASE_BYTES = 1_000_000_000


def fetch(tool: Tool, release: Release, scratch: Path, internet: Internet, report: Report) -> Path:
    """Put the release's program, and what comes with it, into ``scratch/bin``; return that directory.

    Raises:
        OfflineError: the release cannot be had.
        ToolchainError: it is not what its publisher says.
    """
    expected = _published(internet.text(release.checksum_url), release)
    require_space(scratch, RELEASE_BYTES, f"downloading {tool.name}")
    report(f"downloading {tool.name} {tool.version}")
    file = scratch / release.url.rpartition("/")[2]
    internet.download(release.url, file, report)
    if digest(file) != expected:
        raise ToolchainError(
            f"{release.url} does not have its published checksum: try again, and report it if it stays so."
        )
    programs = scratch / "bin"
    if release.member is None:
        programs.mkdir()
        file.replace(programs / tool.name)
    else:
        with tarfile.open(file) as archive:
            archive.extractall(scratch / "archive", filter="data")
        shutil.move(scratch / "archive" / release.member, programs)
    (programs / tool.name).chmod(0o755)
    return programs


def _published(text: str, release: Release) -> str:
    name = release.url.rpartition("/")[2]
    for line in text.splitlines():
        found = re.match(r"([0-9a-f]{64})(?:\s+\*?(\S+))?\s*$", line)
        if found and found[2] in (None, name):
            return found[1]
    raise ToolchainError(f"{release.checksum_url} lists no checksum of {name}: its publisher changed something.")
