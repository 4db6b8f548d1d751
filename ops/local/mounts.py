"""Mounted ConfigMaps and Secrets as a kubelet writes them: ``..data`` points to the current set and is swapped at once.

role.yaml -> ..data/role.yaml
..data    -> ..3f9a…            (a directory of this revision)
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mount:
    """Files of one volume at one place.

    Attributes:
        path: mount path in the container.
        files: relative file name -> content; empty for a scratch directory.
        single: the mount is one file (``subPath``), not a directory.
        public: true for ConfigMaps, false for Secrets.
    """

    path: str
    files: Mapping[str, bytes]
    single: bool = False
    public: bool = True

    def digest(self) -> str:
        """Digest of names and contents."""
        digest = hashlib.sha256(self.path.encode())
        for name in sorted(self.files):
            digest.update(f"\0{name}\0{len(self.files[name])}\0".encode() + self.files[name])
        return digest.hexdigest()[:16]


def local_path(root: Path, mount_path: str) -> Path:
    """Where a container's path lies below a process's own root."""
    return root / mount_path.lstrip("/")


def materialise(root: Path, mount: Mount) -> None:
    """Write a volume below ``root``, for the owner alone; readers see the old set or the new, never a mixture."""
    target = local_path(root, mount.path)
    if mount.single:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(target, next(iter(mount.files.values())))
        return
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not mount.files:
        return
    current = target / f"..{mount.digest()}"
    if not current.exists():
        fresh = target / f"..{mount.digest()}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        for name, content in mount.files.items():
            (fresh / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(fresh / name, content)
        fresh.rename(current)
    _point(target / "..data", current.name)
    top = {name.split("/")[0] for name in mount.files}
    for name in top:
        _point(target / name, f"..data/{name}")
    for entry in target.iterdir():
        stale_link = entry.is_symlink() and entry.name != "..data" and entry.name not in top
        if stale_link:
            entry.unlink()
        elif entry.name.startswith("..") and entry.name not in ("..data", current.name) and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)


def _point(link: Path, target: str) -> None:
    if link.is_symlink() and link.readlink() == Path(target):
        return
    temporary = link.with_name(f"{link.name}.link")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
