"""Every stack of the tree as files."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.rendering.directory import ORDER, Rendering
from infra.rendering.manifests import manifests
from infra.rendering.stacks import find_stack, resources, stacks

STACKS = [each.name for each in stacks()]
REGIONS = [name for name in STACKS if not name.startswith("monitoring")]
"""Those that run the platform; the others are dedicated monitoring stacks."""


@dataclass(frozen=True)
class Objects:
    """A stack's Kubernetes objects, one file each below ``directory``, which holds nothing else."""

    stack: str
    directory: Path

    @functools.cached_property
    def documents(self) -> dict[str, dict[str, Any]]:
        """Path below the directory -> object."""
        return {
            str(path.relative_to(self.directory)): yaml.safe_load(path.read_text(encoding="utf-8"))
            for path in sorted(self.directory.rglob("*.yaml"))
        }

    @property
    def files(self) -> list[str]:
        """Whole paths, for commands."""
        return [str(self.directory / path) for path in self.documents]


def render(stack: str, parent: Path) -> Objects:
    """``make render``, less what is no Kubernetes object."""
    directory = parent / stack
    found = find_stack(stack)
    objects = [each for each in manifests(resources(found)) if each.is_object]
    Rendering.of(found, objects).write(directory)
    (directory / ORDER).unlink()
    return Objects(stack, directory)


def identity(document: dict[str, Any]) -> str:
    """``Kind/namespace/name``; the namespace is empty for what belongs to the whole cluster."""
    metadata = document["metadata"]
    return f"{document['kind']}/{metadata.get('namespace', '')}/{metadata['name']}"
