"""The container runtime: Debian's packages, unpacked into the cache; nothing is installed on the machine."""

import hashlib
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Final

from ops.node.failure import NodeError
from ops.toolchain.cache import Report, cache_root, exclusive, require_space, staging

PACKAGES: Final = (
    *("containerd", "runc", "containernetworking-plugins"),
    *("iptables", "nftables", "conntrack", "ipset", "ethtool", "socat", "iproute2"),
)
XTABLES: Final = ("iptables", "ip6tables")
SPACE: Final = 400_000_000
SECONDS: Final = 300.0
COMPLETE: Final = "complete"


def ensure_runtime(report: Report) -> Path:
    """Directory whose ``usr`` is laid over the node's; had once per Debian release and list of packages.

    Raises:
        NodeError: the packages cannot be had.
    """
    place = cache_root() / "node-runtime" / _key()
    root = place / "root"
    if (root / COMPLETE).exists():
        return root
    with exclusive(place, report, "getting the container runtime"):
        if not (root / COMPLETE).exists():
            require_space(place, SPACE, "the container runtime")
            report(f"getting the container runtime: {', '.join(PACKAGES[:3])} and what they need")
            with staging(place) as scratch:
                fresh = _unpack(_download(scratch), scratch / "root")
                shutil.rmtree(root, ignore_errors=True)
                fresh.rename(root)
    return root


def _key() -> str:
    release = platform.freedesktop_os_release()
    text = "\n".join([release.get("ID", ""), release.get("VERSION_ID", ""), *PACKAGES])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _download(scratch: Path) -> list[Path]:
    """Packages and all they depend on that this machine lacks; a fresh index only where there is none."""
    archives = scratch / "archives"
    (archives / "partial").mkdir(parents=True)
    options = ["-q", "-y", "-o", f"Dir::Cache::archives={archives}"]
    install = ["install", "--download-only", "--reinstall", "--no-install-recommends", *PACKAGES]
    said = _apt([*options, *install])
    if said:
        lists = scratch / "lists"
        (lists / "partial").mkdir(parents=True)
        options += ["-o", f"Dir::State::lists={lists}"]
        said = _apt([*options, "update"]) or _apt([*options, *install])
    if said:
        raise NodeError(
            f"The container runtime cannot be had from this machine's package sources ({said}): "
            "mend `apt-get update`, or choose another cluster with CLUSTER=kind, context or processes."
        )
    return sorted(archives.glob("*.deb"))


def _apt(arguments: list[str]) -> str:
    """Run apt-get; nothing, or the last thing it complained of."""
    try:
        done = subprocess.run(
            ["apt-get", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it did not end within {SECONDS:.0f} s"
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or ["no reason was given"])[-1]


def _unpack(packages: list[Path], root: Path) -> Path:
    for package in packages:
        subprocess.run(["dpkg", "-x", str(package), str(root)], check=True, timeout=SECONDS)
    for name in XTABLES:
        for suffix in ("", "-save", "-restore"):
            link = root / "usr/sbin" / f"{name}{suffix}"
            link.unlink(missing_ok=True)
            link.symlink_to("xtables-nft-multi")
    (root / COMPLETE).write_text("\n".join(package.name for package in packages) + "\n", encoding="ascii")
    return root
