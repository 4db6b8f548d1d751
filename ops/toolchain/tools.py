"""Having every tool: ``ensure_tools(report)`` returns their paths, however they were got."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops.toolchain import golang
from ops.toolchain.cache import Report, cache_root, exclusive, intact, record, staging
from ops.toolchain.catalogue import TOOLS, Tool, ToolName
from ops.toolchain.failure import ToolchainError
from ops.toolchain.fetch import fetch
from ops.toolchain.internet import Internet, OfflineError


@dataclass(frozen=True)
class Tools:
    """Paths of the programs."""

    pulumi: Path
    etcd: Path
    apiserver: Path
    controller_manager: Path


def ensure_tools(report: Report) -> Tools:
    """Find, fetch or build every tool; what is there already is only checked.

    Args:
        report: takes lines of progress; while something is built, one at least every few seconds.

    Raises:
        ToolchainError: one cannot be had; one sentence with the remedy.
    """
    internet = Internet()
    paths = {tool.name: ensure_tool(tool, internet, report) for tool in TOOLS}
    return Tools(
        pulumi=paths[ToolName.PULUMI],
        etcd=paths[ToolName.ETCD],
        apiserver=paths[ToolName.APISERVER],
        controller_manager=paths[ToolName.CONTROLLER_MANAGER],
    )


def ensure_tool(
    tool: Tool, internet: Internet, report: Report, build: Callable[[Tool, Path, Report], None] = golang.build
) -> Path:
    """Return the path of one tool: on PATH, in the cache, downloaded, or built."""
    found = on_path(tool)
    if found is not None:
        return found
    place = cache_root() / "tools" / tool.name / tool.version
    program = place / "bin" / tool.name
    if intact(program):
        return program
    with exclusive(place, report, f"getting {tool.name}"):
        if intact(program):
            return program
        try:
            with staging(place) as scratch:
                _install(_get(tool, scratch, internet, report, build), program)
        except OSError as error:
            raise ToolchainError(
                f"{tool.name} cannot be put into {place} ({error.strerror or error}): "
                "free space there, make it writable, or point MCP_PLATFORM_CACHE elsewhere."
            ) from error
    return program


def on_path(tool: Tool) -> Path | None:
    """Return the tool on PATH if its version is in the accepted range."""
    found = shutil.which(tool.name)
    if found is None:
        return None
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        shown = subprocess.run(
            [found, *tool.version_command], capture_output=True, text=True, timeout=20, check=True, env=environment
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"(\d+)\.(\d+)\.\d+", shown)
    if version is None or not tool.at_least <= (int(version[1]), int(version[2])) < tool.below:
        return None
    return Path(found)


def _get(
    tool: Tool, scratch: Path, internet: Internet, report: Report, build: Callable[[Tool, Path, Report], None]
) -> Path:
    release = tool.release()
    if release is not None:
        try:
            return fetch(tool, release, scratch, internet, report)
        except OfflineError:
            report(f"no release of {tool.name} can be downloaded here; building it from source, which takes minutes")
    programs = scratch / "bin"
    programs.mkdir()
    build(tool, programs / tool.name, report)
    return programs


def _install(programs: Path, program: Path) -> None:
    shutil.rmtree(program.parent, ignore_errors=True)
    record(programs / program.name)
    programs.replace(program.parent)
