"""Building tools from the Go module that pins their sources."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ops.toolchain.cache import Report, require_space
from ops.toolchain.failure import ToolchainError
from ops.toolchain.tool import Tool

REPORT_SECONDS = 5.0
BUILD_BYTES = 3_000_000_000
"""Free space to begin a build with: sources, compiled packages and the program of one module."""


def build(tools: Sequence[Tool], programs: Path, report: Report) -> None:
    """Compile tools of one module, with one call of the compiler, into ``programs``; each gets its own name.

    Go keeps compiled packages, so an interrupted build goes on where it was. The same sources and compiler give the
    same bytes wherever they are built.

    Args:
        tools: share module, stamp, tags and system, see :func:`together`.
        programs: an existing directory.
        report: takes a line every few seconds.

    Raises:
        ToolchainError: no Go, too old a Go, no sources to be had, no space, or the compiler failed.
    """
    first, *others = tools
    if any(together(each) != together(first) for each in others):
        raise ValueError("only tools of one module are built by one call")
    go, names = require_go(first), ", ".join(each.name for each in tools)
    surroundings = environment(first)
    for variable in ("GOCACHE", "GOMODCACHE"):
        where = output([go, "env", variable], first.module)
        require_space(Path(where or Path.home()), BUILD_BYTES, f"building {names}")
    flags = ["-trimpath", "-mod=readonly", "-v", "-ldflags", f"-s -w {first.stamp}".strip()]
    if first.tags:
        flags += ["-tags", ",".join(first.tags)]
    command = [go, "build", *flags, "-o", f"{programs}{os.sep}", *(each.package for each in tools)]
    began = time.monotonic()
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=first.module,
        env=surroundings,
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
                report(f"building {names} {first.version}: {_phase(said)}, {_clock(time.monotonic() - began)}")
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
        finally:
            reader.join()
    if code != 0:
        raise ToolchainError(_reason(first, names, said))
    for each in tools:
        (programs / each.output).replace(programs / each.name)


def together(tool: Tool) -> tuple[Path, str, str, tuple[str, ...], str | None]:
    """Return what tools must have in common to be built by one call."""
    return tool.module, tool.version, tool.stamp, tool.tags, tool.system


def require_go(tool: Tool) -> str:
    """Return the path of a Go that is new enough for the tool's module.

    Raises:
        ToolchainError: there is none.
    """
    go = shutil.which("go")
    needed = _needed(tool)
    remedy = f"install Go {_dotted(needed)} or newer (https://go.dev/dl/)"
    if tool.on_path is not None:
        remedy += f" or put {tool.name} on PATH"
    if go is None:
        raise ToolchainError(f"{tool.name} is not there, no release can be downloaded and there is no Go: {remedy}.")
    found = _numbers(output([go, "env", "GOVERSION"], tool.module))
    if found < needed:
        shown = _dotted(found) if found else "unusable"
        raise ToolchainError(f"Go is {shown} and {tool.name} {tool.version} needs {_dotted(needed)}: {remedy}.")
    return go


def environment(tool: Tool | None = None) -> dict[str, str]:
    """Return the environment of a Go command: of this machine, without C, for the tool's system."""
    flags = os.environ.get("GOFLAGS", "").split()
    settings = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": " ".join([*(each for each in flags if not each.startswith("-buildvcs")), "-buildvcs=false"]),
    }
    if tool is not None and tool.system is not None:
        settings["GOOS"] = tool.system
    return settings


def output(command: list[str], directory: Path) -> str:
    """Return what a short Go command prints in a module's directory, or nothing where it fails."""
    done = subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, check=False, timeout=300
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _needed(tool: Tool) -> tuple[int, ...]:
    declared = re.search(r"^go (\S+)", (tool.module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    if declared is None:
        raise ToolchainError(f"{tool.module / 'go.mod'} names no Go version: restore it from the repository.")
    return _numbers(f"go{declared[1]}")


def _numbers(version: str) -> tuple[int, ...]:
    found = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(each or 0) for each in found.groups()) if found else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


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


def _reason(tool: Tool, names: str, said: list[str]) -> str:
    whole = "\n".join(said)
    if "no space left on device" in whole:
        return f"The disk filled up while {names} was being built: free at least 6 GB and run the command again."
    if re.search(r"dial tcp|no such host|connection refused|i/o timeout|proxy|404 Not Found|503", whole):
        on_path = ", or put it on PATH" if tool.on_path is not None else ""
        return (
            f"{names} is not there, and neither its release nor its sources can be downloaded: connect this "
            f"machine to the internet (or set GOPROXY to a reachable one){on_path}."
        )
    last = " | ".join(line for line in said if " " in line)[-400:]
    return f"Building {names} {tool.version} failed, please report it with the compiler's words: {last}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
