"""The machine's apt with a state of its own in the cache: it reads the machine's sources and changes nothing there."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.image.failure import ImageError
from ops.image.layer import home
from ops.toolchain.cache import Report, exclusive

RELEASE_FILE: Final = Path("/etc/os-release")
KNOWN: Final = ("bookworm",)
"""Releases whose packages the images were tried with."""
OTHERWISE: Final = "build the Dockerfile with Docker or Podman instead"
TIMEOUT_SECONDS: Final = 600
FIELDS: Final = "$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)"


@dataclass(frozen=True)
class Debian:
    """The machine's Debian: what packages are taken from."""

    codename: str
    sources: tuple[str, ...]
    """Lines of a sources.list: Debian's own repositories and no others. They name mirrors, so they go into no image."""
    options: tuple[str, ...]
    """How this machine reaches them, such as through a proxy."""


def codename(release_file: Path = RELEASE_FILE) -> str:
    """This machine's release of Debian. Raises ImageError on any other system."""
    try:
        lines = release_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    fields = {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}
    found = fields.get("VERSION_CODENAME", "")
    if fields.get("ID") != "debian" or found not in KNOWN:
        raise ImageError(
            f"Images of Debian packages are built on Debian {' or '.join(KNOWN)} and this is "
            f"{fields.get('PRETTY_NAME', 'another system')}: {OTHERWISE}."
        )
    return found


def debian(report: Report) -> Debian:
    """Debian's repositories as this machine is set up to reach them, with fresh lists.

    Raises:
        ImageError: no Debian, no apt, or no repository can be reached.
    """
    release = codename()
    report("looking at Debian's package lists")
    with exclusive(_state(), report, "looking at Debian's package lists"):
        said = _apt("update")
        listed = _apt("indextargets", "--format", FIELDS, "Created-By: Packages")
    suites = (release, f"{release}-updates", f"{release}-security")
    found = {tuple(line.split("|")) for line in listed.splitlines() if line.count("|") == FIELDS.count("|")}
    sources = sorted(
        f"deb {address} {suite} {component}"
        for origin, suite, component, address in found
        if origin == "Debian" and suite in suites and component == "main"
    )
    if not any(f" {release} main" in line for line in sources):
        raise ImageError(
            f"apt finds no packages of Debian {release} ({_last(said)}): name a mirror that can be reached in the "
            f"sources below /etc/apt, or {OTHERWISE}."
        )
    options = _run("apt-config", "dump").splitlines()
    return Debian(release, tuple(sources), tuple(each for each in options if each.startswith("Acquire::http")))


def unpacked(package: str, report: Report) -> Path:
    """Where a package's files are, unpacked into the cache; it is not installed.

    Raises:
        ImageError: it cannot be downloaded.
    """
    place = home() / "tools" / package
    with exclusive(place, report, f"getting {package}"):
        if not (place / "complete").exists():
            report(f"getting {package}")
            files, downloads = place / "files", place / "downloads"
            for each in (files, downloads):
                shutil.rmtree(each, ignore_errors=True)
                each.mkdir()
            said = _apt("download", package, directory=downloads)
            archives = list(downloads.glob("*.deb"))
            if len(archives) != 1:
                raise ImageError(
                    f"{package} cannot be downloaded ({_last(said)}): check apt's sources, then try again."
                )
            _run("dpkg-deb", "--extract", str(archives[0]), str(files))
            (place / "complete").touch()
    return place / "files"


def _state() -> Path:
    return home() / "apt"


def _apt(*arguments: str, directory: Path | None = None) -> str:
    for each in ("state/lists/partial", "cache/archives/partial"):
        (_state() / each).mkdir(parents=True, exist_ok=True)
    own = ("-o", f"Dir::State={_state()}/state", "-o", f"Dir::Cache={_state()}/cache", "-o", "APT::Sandbox::User=root")
    return _run("apt-get", *own, *arguments, directory=directory)


def _run(program: str, *arguments: str, directory: Path | None = None) -> str:
    """What the program says; its exit code tells little, so that callers look at what came of it."""
    path = shutil.which(program)
    if path is None:
        raise ImageError(f"Images of Debian packages need {program} and it is not on PATH: {OTHERWISE}.")
    command: Sequence[str] = (path, *arguments)
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ImageError(f"{program} did not end in {TIMEOUT_SECONDS} s: check this machine's network.") from error
    return done.stdout


def _last(said: str) -> str:
    return (said.strip().splitlines() or ["it said nothing"])[-1]
