"""``python -m ops.toolchain``: have the tools; ``… environment`` prints shell lines that put them on PATH."""

import os
import shlex
import sys
from pathlib import Path

from ops.toolchain.cache import cache_root
from ops.toolchain.failure import ToolchainError
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tools import ensure_tools


def main() -> int:
    """Have every tool; progress goes to standard error."""
    try:
        tools = ensure_tools(lambda line: print(line, file=sys.stderr, flush=True))
        if sys.argv[1:] == ["environment"]:
            plugins = plugins_for(tools, Path(os.environ.get("PULUMI_HOME") or cache_root() / "pulumi-home"))
            path = os.pathsep.join([*map(str, plugins.path), "$PATH"])
            print(f'export PATH="{path}" PULUMI_SKIP_UPDATE_CHECK=true')
        else:
            for name, path in vars(tools).items():
                print(f"{name}: {shlex.quote(str(path))}")
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
