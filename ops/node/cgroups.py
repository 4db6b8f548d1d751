"""The node's control groups: they outlive its processes, so they are removed afterwards."""

import contextlib
import os
from pathlib import Path

from ops.controlplane.processes import wait_until
from ops.node.host import CGROUPS


def cgroups(name: str, root: Path = CGROUPS) -> list[Path]:
    """The node's group in every hierarchy, where it exists."""
    return [path for path in root.glob(f"*/{name}") if path.is_dir()]


def remove_cgroups(name: str, deadline: float = 10.0, root: Path = CGROUPS) -> bool:
    """Remove the groups, innermost first, until they are gone; whether they are within ``deadline`` s.

    A group cannot be removed while the kernel still ends a process in it.
    """
    return wait_until(lambda: _removed(name, root), deadline)


def _removed(name: str, root: Path) -> bool:
    for group in cgroups(name, root):
        for directory, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                Path(directory).rmdir()
    return not cgroups(name, root)
