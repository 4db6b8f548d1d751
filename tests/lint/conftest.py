"""The linters, built once and kept, and every stack rendered once in each worker."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ops.toolchain.linters import LINTERS
from ops.toolchain.tool import ToolName
from ops.toolchain.tools import ensure_group
from tests.lint.rendered import STACKS, Objects, render
from tests.stack.conftest import cluster, plane, tools

__all__ = ["cluster", "plane", "tools"]


@pytest.fixture(scope="session")
def linters() -> Mapping[ToolName, Path]:
    """The linters' programs."""
    return ensure_group(LINTERS, print)


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Objects]:
    """Every stack of the tree."""
    directory = tmp_path_factory.mktemp("rendered")
    return {stack: render(stack, directory) for stack in STACKS}
