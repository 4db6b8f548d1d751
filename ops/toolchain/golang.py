"""Building a tool from the Go module that pins its sources."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from ops.toolchain.cache import Report, require_space
from ops.toolchain.catalogue import Tool
from ops.toolchain.failure import ToolchainError

REPORT_SECONDS = 5.0
BUILD_BYTES = 3_000_000_000
"""Free space to begin a build with: sources, compiled packages and the program of one module."""


def build(tool: Tool, target: Path, report: Report) -> None:
    """Compile the tool into ``target``, reporting every few seconds.

    Go keeps compiled packages, so an interrupted build goes on where it was.

    Raises:
        ToolchainError: no Go, too old a Go, no sources to be had, no space, or the compiler failed.
    """
    go = require_go(tool)
    for variable in ("GOCACHE", "GOMODCACHE"):
        where = _output([go, "env", variable], tool.module)
        require_space(Path(where or Path.home()), BUILD_BYTES, f"building {tool.name}")
    flags = ["-trimpath", "-mod=readonly", "-v", "-ldflags", f"-s -w {tool.stamp}".strip()]
    command = [go, "build", *flags, "-o", str(target), tool.package]
    began = time.monotonic()
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=tool.module,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        reader = threading.Thread(target=_listen, args=(process, said), daemon=True)
        reader.start()
        try:
            while (code := _wait(process)) is None:
                report(f"building {tool.name} {tool.version}: {_phase(said)}, {_clock(time.monotonic() - began)}")
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
        finally:
            reader.join()
    if code != 0:
        raise ToolchainError(_reason(tool, said))


def require_go(tool: Tool) -> str:
    """Return the path of a Go that is new enough for the tool's module.

    Raises:
        ToolchainError: there is none.
    """
    go = shutil.which("go")
    needed = _needed(tool)
    remedy = f"install Go {needed[0]}.{needed[1]} or newer (https://go.dev/dl/) or put {tool.name} on PATH"
    if go is None:
        raise ToolchainError(f"{tool.name} is not on PATH, no release can be downloaded and there is no Go: {remedy}.")
    version = re.search(r"go(\d+)\.(\d+)", _output([go, "env", "GOVERSION"], tool.module))
    found = (int(version[1]), int(version[2])) if version else (0, 0)
    if found < needed:
        shown = f"{found[0]}.{found[1]}" if version else "unusable"
        raise ToolchainError(f"Go is {shown} and {tool.name} {tool.version} needs {needed[0]}.{needed[1]}: {remedy}.")
    return go


def _needed(tool: Tool) -> tuple[int, int]:
    declared = re.search(r"^go (\d+)\.(\d+)", (tool.module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    if declared is None:
        raise ToolchainError(f"{tool.module / 'go.mod'} names no Go version: restore it from the repository.")
    return int(declared[1]), int(declared[2])


def _environment() -> dict[str, str]:
    flags = os.environ.get("GOFLAGS", "").split()
    return {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": " ".join([*(each for each in flags if not each.startswith("-buildvcs")), "-buildvcs=false"]),
    }


def _output(command: list[str], directory: Path) -> str:
    done = subprocess.run(
        command, cwd=directory, env=_environment(), capture_output=True, text=True, check=False, timeout=300
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _wait(process: "subprocess.Popen[str]") -> int | None:
    try:
        return process.wait(REPORT_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _listen(process: "subprocess.Popen[str]", said: list[str]) -> None:
    said.extend(line.rstrip() for line in process.stderr or ())  # grows line by line, read meanwhile


def _phase(said: list[str]) -> str:
    compiled = sum(1 for line in said if not line.startswith("go:") and " " not in line)
    if compiled:
        return f"{compiled} packages compiled"
    return "fetching sources" if any(line.startswith("go: downloading") for line in said) else "looking for sources"


def _reason(tool: Tool, said: list[str]) -> str:
    whole = "\n".join(said)
    if "no space left on device" in whole:
        return f"The disk filled up while {tool.name} was being built: free at least 6 GB and run the command again."
    if re.search(r"dial tcp|no such host|connection refused|i/o timeout|proxy|404 Not Found|503", whole):
        return (
            f"{tool.name} is not on PATH, and neither its release nor its sources can be downloaded: connect this "
            "machine to the internet (or set GOPROXY to a reachable one), or put it on PATH."
        )
    last = " | ".join(line for line in said if " " in line)[-400:]
    return f"Building {tool.name} {tool.version} failed, please report it with the compiler's words: {last}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
