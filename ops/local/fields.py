"""Optional parts of a Kubernetes object: absent and null are the same as empty."""

from ops.controlplane.api import Json


def listed(document: Json, name: str) -> list[Json]:
    """A list of objects."""
    found: list[Json] | None = document.get(name)
    return found or []


def words(document: Json, name: str) -> list[str]:
    """A list of strings."""
    found: list[str] | None = document.get(name)
    return found or []


def section(document: Json, *path: str) -> Json:
    """A nested object."""
    for name in path:
        found: Json | None = document.get(name)
        document = found or {}
    return document


def text_map(document: Json, *path: str) -> dict[str, str]:
    """A nested map of strings, such as labels."""
    return section(document, *path)
