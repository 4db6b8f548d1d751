"""What there is on this machine that a node could leave behind, to compare before with after."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ops.node.runtime import ensure_runtime

MOUNTED = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class Machine:
    """Mounts, links, addresses, packet rules and control groups."""

    mounts: frozenset[str]
    links: frozenset[str]
    addresses: frozenset[str]
    rules: str
    cgroups: frozenset[str]
    settings: tuple[str, ...]


SETTINGS = (
    "net/ipv4/ip_forward",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
)


def this_machine() -> Machine:
    """As it is now."""
    mounts = frozenset(" ".join(line.split()[3:6]) for line in MOUNTED.read_text(encoding="utf-8").splitlines())
    return Machine(
        mounts=mounts,
        links=frozenset(_lines("ip", "-o", "link")),
        addresses=frozenset(_lines("ip", "-o", "address")),
        rules=_rules(),
        cgroups=frozenset(str(path) for path in Path("/sys/fs/cgroup").glob("*/mcp-node-*")),
        settings=tuple((Path("/proc/sys") / name).read_text(encoding="ascii") for name in SETTINGS),
    )


def processes_of(*places: Path) -> list[str]:
    """Command lines of processes that have anything to do with these directories, but for the calling one's family."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = [str((entry / name).readlink()) for name in ("cwd", "root", "exe")]
            mounts = (entry / "mountinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if "pytest" in line or "ops.testing" in line:
            continue
        if any(str(place) in text for place in places for text in (line, *where, mounts)):
            found.append(line)
    return found


def _lines(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()


def _rules() -> str:
    """Packet rules; nothing where the kernel's tables cannot be read, which is the same before and after."""
    runtime = ensure_runtime(print)
    libraries = ":".join(str(path) for path in (runtime / "usr/lib").glob("*-linux-gnu"))
    done = subprocess.run(
        [str(runtime / "usr/sbin/nft"), "list", "ruleset"],
        env={"LD_LIBRARY_PATH": libraries},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout + done.stderr
