"""Having tools: ``ensure_tools(report)`` and ``ensure_group(tools, report)`` return their paths, however got."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.toolchain import golang
from ops.toolchain.cache import Report, cache_root, exclusive, intact, record, staging
from ops.toolchain.catalogue import TOOLS
from ops.toolchain.failure import ToolchainError
from ops.toolchain.fetch import fetch
from ops.toolchain.internet import Internet, OfflineError
from ops.toolchain.tool import Tool, ToolName

Build = Callable[[Sequence[Tool], Path, Report], None]
"""Puts the programs of tools of one module into a directory."""


@dataclass(frozen=True)
class Tools:
    """Paths of the programs."""

    pulumi: Path
    etcd: Path
    apiserver: Path
    controller_manager: Path


def ensure_tools(report: Report) -> Tools:
    """Find, fetch or build every tool of set-up; what is there already is only checked.

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


def ensure_tool(tool: Tool, internet: Internet, report: Report, build: Build = golang.build) -> Path:
    """Return the path of one tool: on PATH, in the cache, downloaded, or built."""
    return ensure_group((tool,), report, internet, build)[tool.name]


def ensure_group(
    tools: Sequence[Tool], report: Report, internet: Internet | None = None, build: Build = golang.build
) -> dict[ToolName, Path]:
    """Return the paths of the tools, in their order.

    What is missing is built one module after the other, the tools of one module by one call of the compiler: that
    keeps two cores busy, and leaves finished modules in the cache if it is interrupted.

    Args:
        tools: as in ``NODE_TOOLS`` or ``OPERATOR_TOOLS``; of several groups if wanted.
        report: takes lines of progress; while something is built, one at least every few seconds.
        internet: shared by calls of one run, so that an offline machine is found out once.
        build: stands in for the compiler.

    Raises:
        ToolchainError: one cannot be had; one sentence with the remedy.
    """
    internet = internet or Internet()
    found = {tool.name: available(tool) for tool in tools}
    batches: dict[object, list[Tool]] = {}
    for tool in tools:
        if found[tool.name] is None:
            batches.setdefault(golang.together(tool), []).append(tool)
    for batch in batches.values():
        _get(batch, internet, report, build)
    return {tool.name: found[tool.name] or _program(tool) for tool in tools}


def estimated_seconds(tools: Sequence[Tool]) -> float:
    """Return how long having the tools takes where all that is missing must be built, in seconds; 0 if none is.

    The table holds for two cores that do nothing else: what a module's build used with the compiler's cache empty, six
    tenths of its CPU seconds. Where others work there too it takes up to twice as long, with a warm cache half. What
    nodes run was measured after the control plane, which has most of its packages. Downloads are not counted.
    """
    return sum(tool.build_seconds for tool in tools if available(tool) is None)


def available(tool: Tool) -> Path | None:
    """Return where the tool is already, on PATH or whole in the cache, or None."""
    found = on_path(tool)
    if found is None and intact(_program(tool)):
        return _program(tool)
    return found


def on_path(tool: Tool) -> Path | None:
    """Return the tool on PATH if its version is in the accepted range."""
    found = shutil.which(tool.name) if tool.on_path is not None else None
    if tool.on_path is None or found is None:
        return None
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        shown = subprocess.run(
            [found, *tool.on_path.version_command],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            env=environment,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"(\d+)\.(\d+)\.\d+", shown)
    if version is None or not tool.on_path.at_least <= (int(version[1]), int(version[2])) < tool.on_path.below:
        return None
    return Path(found)


def _place(tool: Tool) -> Path:
    return cache_root() / "tools" / tool.name / tool.edition


def _program(tool: Tool) -> Path:
    return _place(tool) / "bin" / tool.name


def _get(batch: Sequence[Tool], internet: Internet, report: Report, build: Build) -> None:
    """Put tools of one module into the cache, holding the locks of all of them, always in the same order."""
    with contextlib.ExitStack() as locks:
        for tool in sorted(batch, key=lambda each: each.name):
            with _complaining(tool):
                locks.enter_context(exclusive(_place(tool), report, f"getting {tool.name}"))
        missing = [tool for tool in batch if not intact(_program(tool))]
        to_build = [tool for tool in missing if not _fetched(tool, internet, report)]
        if to_build:
            _build(to_build, report, build)


def _fetched(tool: Tool, internet: Internet, report: Report) -> bool:
    release = tool.release()
    if release is None:
        return False
    with _complaining(tool), staging(_place(tool)) as scratch:
        try:
            programs = fetch(tool, release, scratch, internet, report)
        except OfflineError:
            report(f"no release of {tool.name} can be downloaded here; building it from source, which takes minutes")
            return False
        _install(programs, _program(tool))
    return True


def _build(tools: Sequence[Tool], report: Report, build: Build) -> None:
    with _complaining(tools[0]), staging(_place(tools[0])) as scratch:
        programs = scratch / "programs"
        programs.mkdir()
        build(tools, programs, report)
        for tool in tools:
            alone = scratch / tool.name
            alone.mkdir()
            (programs / tool.name).replace(alone / tool.name)
            _install(alone, _program(tool))


@contextlib.contextmanager
def _complaining(tool: Tool) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ToolchainError(
            f"{tool.name} cannot be put into {_place(tool)} ({error.strerror or error}): "
            "free space there, make it writable, or point MCP_PLATFORM_CACHE elsewhere."
        ) from error


def _install(programs: Path, program: Path) -> None:
    shutil.rmtree(program.parent, ignore_errors=True)
    record(programs / program.name)
    programs.replace(program.parent)
