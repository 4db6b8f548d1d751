"""A tree of Debian packages as a tar: mmdebstrap installs them in a namespace of its own, so nothing stays mounted."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.image.apt import Debian, debian, unpacked
from ops.image.failure import ImageError
from ops.toolchain.cache import Report, require_space

REPORT_SECONDS: Final = 2.0
SPACE_BYTES: Final = 2_000_000_000
HOOKS: Final = "usr/share/mmdebstrap/hooks/merged-usr"
COMPILE: Final = (
    'if [ -x "$1/usr/bin/python3" ]; then chroot "$1" env PYTHONHASHSEED=0 sh -c '
    '"python3 -m compileall -q -f --invalidation-mode unchecked-hash /usr/lib/python3 /usr/lib/python3.*"; fi'
)
"""Layers have no times, so compiled Python must not be compared with its source by time."""

PERL: Final = ("perl", "perl-modules-5.36", "libperl5.36", "libgdbm-compat4", "libgdbm6")
"""Packages of Perl beyond the essential one, in Debian 12."""
REMOVE: Final = 'chroot "$1" dpkg --force-depends --purge'


@dataclass(frozen=True)
class Recipe:
    """What is installed beside the packages that are essential to Debian; apt itself is not."""

    packages: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """Shell commands before the packages are configured; ``$1`` is the tree's root."""
    unneeded: tuple[str, ...] = ()
    """Packages that came along and that nothing in the image's use touches; they are removed in the end."""


def install(recipe: Recipe, work: Path, report: Report) -> Path:
    """Install packages and return the tar of the tree.

    Args:
        recipe: what to install.
        work: an empty directory for the tar and the tree.
        report: takes lines of progress.

    Raises:
        ImageError: packages cannot be had or installed, or this user may not.
        ToolchainError: the disk is too full to begin.
        OSError: no space.
    """
    if shutil.which("perl") is None:
        raise ImageError("Installing Debian packages into an image needs Perl: install perl, then build again.")
    require_space(work, SPACE_BYTES, "installing Debian packages for an image")
    machine = debian(report)
    tool = unpacked("mmdebstrap", report)
    target, temporary = work / "tree.tar", work / "tmp"
    temporary.mkdir()
    sources = work / "sources.list"
    sources.write_text("\n".join(machine.sources) + "\n", encoding="ascii")
    _follow(_command(recipe, machine, tool, target, sources), temporary, report)
    return target


def _command(recipe: Recipe, machine: Debian, tool: Path, target: Path, sources: Path) -> list[str]:
    return [
        *_namespace(),
        str(tool / "usr/bin/mmdebstrap"),
        *("--variant=essential", "--format=tar", "--dpkgopt=force-unsafe-io", f"--hook-dir={tool / HOOKS}"),
        *(f"--aptopt={option}" for option in machine.options),
        *(f"--essential-hook={command}" for command in recipe.before),
        *([f"--include={','.join(recipe.packages)}"] if recipe.packages else []),
        *([f"--customize-hook={REMOVE} {' '.join(recipe.unneeded)}"] if recipe.unneeded else []),
        f"--customize-hook={COMPILE}",
        *(machine.codename, str(target), str(sources)),
    ]


def _namespace() -> list[str]:
    """Root mounts in a namespace of its own, which ends with its processes; other users get one by mmdebstrap."""
    unshare = shutil.which("unshare")
    if os.geteuid() != 0 or unshare is None:
        return []
    return [unshare, "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]


def _follow(command: list[str], temporary: Path, report: Report) -> None:
    environment = os.environ | {"TMPDIR": str(temporary), "SOURCE_DATE_EPOCH": "0", "LC_ALL": "C.UTF-8"}
    began, said = time.monotonic(), list[str]()
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        umask=0o022,
        start_new_session=True,
    ) as process:
        reader = threading.Thread(target=_listen, args=(process, said), daemon=True)
        reader.start()
        try:
            while (code := _wait(process)) is None:
                report(f"Debian packages: {_phase(said)}, {time.monotonic() - began:.0f} s")
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
        finally:
            reader.join()
    if code != 0:
        raise ImageError(_reason(said))


def _listen(process: "subprocess.Popen[str]", said: list[str]) -> None:
    said.extend(line.rstrip() for line in process.stdout or ())  # grows line by line, read meanwhile


def _wait(process: "subprocess.Popen[str]") -> int | None:
    try:
        return process.wait(REPORT_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _phase(said: list[str]) -> str:
    phases = [line for line in said if line.startswith("I: ")]
    return phases[-1].removeprefix("I: ").partition(": ")[0].partition(" /")[0].rstrip(".") if phases else "starting"


def _reason(said: list[str]) -> str:
    whole = "\n".join(said)
    if "No space left on device" in whole:
        return "The disk filled up while Debian packages were installed: free 2 GB and run the command again."
    if os.geteuid() != 0 and re.search(r"unshare|newuidmap|subuid|permission denied", whole, re.IGNORECASE):
        return (
            "This user may not install Debian packages into an image: run the command as root, "
            "or install uidmap and give the user a range in /etc/subuid and /etc/subgid."
        )
    if re.search(r"Could not resolve|Failed to fetch|Unable to connect|Temporary failure", whole):
        return "Debian's packages cannot be downloaded: name a reachable mirror in apt's sources, then try again."
    errors = [line for line in said if line.startswith("E: ")] or said[-1:]
    return f"Debian packages cannot be installed into an image, please report it: {' | '.join(errors[:3])}"
