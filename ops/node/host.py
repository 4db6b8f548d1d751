"""What a machine must allow for a node to run on it, tried for real: root, namespaces, overlays, control groups."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

CGROUPS: Final = Path("/sys/fs/cgroup")
CONTROLLERS: Final = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")
PROGRAMS: Final = ("unshare", "nsenter", "mount", "ip", "apt-get", "dpkg")
NEEDED_MEMORY: Final = 6 * 2**30
"""Bytes that must be available: node, operators, three PostgreSQL instances and the platform take about five."""
TRIAL: Final = """
set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/lower /mnt/upper /mnt/work /mnt/merged
mount -t overlay trial -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /mnt/merged
ip link add trial0 type veth peer name trial1
echo 1 > /proc/sys/net/ipv4/ip_forward
"""
NAMESPACES: Final = ("--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc")
TRIAL_SECONDS: Final = 20.0


def obstacle() -> str | None:
    """Why no node can run here, as the end of a sentence that begins "no node:"; None where one can."""
    for check in (_system, _root, _programs, _cgroups, _memory, _namespaces):
        found = check()
        if found is not None:
            return found
    return None


def _system() -> str | None:
    return None if platform.system() == "Linux" else f"it needs Linux and this is {platform.system()}"


def _root() -> str | None:
    return None if os.geteuid() == 0 else "it needs root, for namespaces, mounts and control groups"


def _programs(which: Callable[[str], str | None] = shutil.which) -> str | None:
    missing = [name for name in PROGRAMS if which(name) is None]
    return f"it needs {', '.join(missing)} on PATH" if missing else None


def _cgroups(root: Path = CGROUPS) -> str | None:
    if (root / "cgroup.controllers").exists():
        return "this machine has control groups of version 2, and the node was only ever proven on version 1"
    missing = [name for name in CONTROLLERS if not os.access(root / name, os.W_OK)]
    return f"it may not make control groups for {', '.join(missing)}" if missing else None


def _memory(information: Path = Path("/proc/meminfo")) -> str | None:
    fields = dict(line.split(":", 1) for line in information.read_text(encoding="ascii").splitlines())
    available = int(fields["MemAvailable"].split()[0]) * 1024
    if available >= NEEDED_MEMORY:
        return None
    return f"it needs {NEEDED_MEMORY / 2**30:.0f} GiB of available memory and there are {available / 2**30:.1f}"


def _namespaces() -> str | None:
    try:
        tried = subprocess.run(
            ["unshare", *NAMESPACES, "sh", "-c", TRIAL],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"a trial with namespaces and mounts did not end within {TRIAL_SECONDS:.0f} s"
    if tried.returncode == 0:
        return None
    said = (tried.stderr.strip().splitlines() or ["nothing was said"])[-1]
    return f"namespaces, mounts or links are not allowed ({said})"
