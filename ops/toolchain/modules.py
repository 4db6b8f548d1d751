"""Sources that Go modules carry beside programs: manifests, charts, C files. They are read where Go keeps them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ops.toolchain.failure import ToolchainError
from ops.toolchain.golang import environment
from ops.toolchain.tool import Tool

DOWNLOAD_SECONDS = 600.0


def module_directory(where: Tool | Path, module_path: str) -> Path:
    """Return the read-only directory of a module's sources, in the version that a toolchain module pins.

    Args:
        where: a tool, or the directory of a toolchain module, such as ``MODULES / "keda"``.
        module_path: such as ``github.com/kedacore/keda/v2``.

    Raises:
        ToolchainError: there is no Go, the module's contents are not pinned there, or they cannot be had.
    """
    directory = where.module if isinstance(where, Tool) else where
    go = shutil.which("go")
    if go is None:
        raise ToolchainError(f"The sources of {module_path} cannot be had without Go: install it (https://go.dev/dl/).")
    listed = _answer([go, "list", "-mod=readonly", "-m", "-json", module_path], directory)
    chosen = listed.get("Replace", listed)
    name, version = chosen.get("Path", module_path), chosen.get("Version", "")
    sums = (directory / "go.sum").read_text(encoding="utf-8")
    if not re.search(rf"^{re.escape(name)} {re.escape(version)} h1:", sums, re.MULTILINE):
        raise ToolchainError(
            f"{module_path} is not pinned in {directory.name}/go.sum: name a module whose packages are built there."
        )
    # With its version named, Go checks what arrives against go.sum and writes nothing there.
    found = chosen if "Dir" in chosen else _answer([go, "mod", "download", "-json", f"{name}@{version}"], directory)
    if "Dir" not in found:
        raise ToolchainError(
            f"The sources of {name} {version} cannot be had ({found.get('Error', 'no answer')}): connect this machine "
            "to the internet, or set GOPROXY to a reachable one."
        )
    return Path(found["Dir"])


def _answer(command: list[str], directory: Path) -> dict[str, Any]:
    """Return a Go command's JSON object; an empty one where it has none to give."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=DOWNLOAD_SECONDS,
        )
        return json.loads(done.stdout or "{}")
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}
