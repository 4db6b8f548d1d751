"""``python -m ops.toolchain``: have the tools of set-up.

``… environment`` prints shell lines that put them on PATH, ``… node`` has the programs of a node, ``… linters`` those
that check rendered manifests, and ``… operators [NAME…]`` those of all operators or of the named ones. Progress goes to
standard error.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.toolchain.cache import cache_root
from ops.toolchain.catalogue import NODE_TOOLS
from ops.toolchain.failure import ToolchainError
from ops.toolchain.linters import LINTERS
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tool import Tool
from ops.toolchain.tools import ensure_group, ensure_tools, estimated_seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Have what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.toolchain", description="Have the programs set-up needs.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("environment", help="print shell lines that put the tools of set-up on PATH")
    commands.add_parser("node", help="have the programs of a node")
    commands.add_parser("linters", help="have the programs that check rendered manifests")
    operators = commands.add_parser("operators", help="have the programs that run as pods of a node")
    operators.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(OperatorName)}; default: all")
    chosen = parser.parse_args(arguments)
    try:
        match chosen.command:
            case "environment":
                print(_environment())
            case "node":
                _show(_group(NODE_TOOLS))
            case "linters":
                _show(_group(LINTERS))
            case "operators":
                _show(_group([tool for name in _named(chosen.names) for tool in OPERATOR_TOOLS[name]]))
            case _:
                _show(vars(ensure_tools(_progress)))
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _named(names: Sequence[str]) -> Sequence[OperatorName]:
    unknown = [name for name in names if name not in tuple(OperatorName)]
    if unknown:
        raise ToolchainError(f"There is no operator {unknown[0]!r}: name some of {', '.join(OperatorName)}, or none.")
    return [name for name in OperatorName if name in names or not names]


def _group(tools: Sequence[Tool]) -> Mapping[str, Path]:
    expected = estimated_seconds(tools)
    if expected:
        _progress(f"building what is missing takes up to {expected / 60:.0f} min on two cores")
    return {name.value: path for name, path in ensure_group(tools, _progress).items()}


def _environment() -> str:
    tools = ensure_tools(_progress)
    plugins = plugins_for(tools, Path(os.environ.get("PULUMI_HOME") or cache_root() / "pulumi-home"))
    path = os.pathsep.join([*map(str, plugins.path), "$PATH"])
    return f'export PATH="{path}" PULUMI_SKIP_UPDATE_CHECK=true'


def _show(paths: Mapping[str, Path]) -> None:
    for name, path in paths.items():
        print(f"{name}: {shlex.quote(str(path))}")


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
