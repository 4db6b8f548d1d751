"""Names and namespaces that the program left out."""

import hashlib
from typing import Any

from offline_plugins.wire import Secret, reveal

AUTONAMED = "pulumi.com/autonamed"


def annotation(properties: dict[str, Any], name: str) -> str | None:
    """Return one annotation of an object's properties, or None."""
    metadata = reveal(properties.get("metadata")) or {}
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations.get(name) if isinstance(annotations, dict) else None


def is_autonamed(properties: dict[str, Any]) -> bool:
    """Say whether the provider chose the name."""
    return annotation(properties, AUTONAMED) == "true"


def with_name(news: dict[str, Any], olds: dict[str, Any], resource: str, seed: bytes) -> dict[str, Any]:
    """Return inputs that have a name: the given one, the one chosen earlier, or ``<resource>-<8 hex digits>``.

    Nothing is chosen where the metadata is not known yet or ``generateName`` leaves it to the API server.
    """
    metadata = news.get("metadata", {})
    if isinstance(metadata, Secret) or not isinstance(metadata, dict):
        return news
    if metadata.get("name") is not None or metadata.get("generateName") is not None:
        return news
    old_name = (reveal(olds.get("metadata")) or {}).get("name") if is_autonamed(olds) else None
    name = old_name or f"{resource.lower()}-{hashlib.sha256(seed or resource.encode()).hexdigest()[:8]}"
    annotations = {**(reveal(metadata.get("annotations")) or {}), AUTONAMED: "true"}
    return {**news, "metadata": {**metadata, "name": name, "annotations": annotations}}


def identity(manifest: dict[str, Any]) -> str:
    """Return the resource's id: ``namespace/name``, or the bare name of a cluster-wide object."""
    metadata = manifest["metadata"]
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))


def label(manifest: dict[str, Any]) -> str:
    """Name an object for people: ``v1 ConfigMap default/settings``."""
    metadata = manifest["metadata"]
    name = metadata.get("name") or metadata.get("generateName", "")
    return f"{manifest['apiVersion']} {manifest['kind']} {metadata.get('namespace', '')}/{name}".replace(" /", " ")


def where(properties: dict[str, Any]) -> tuple[Any, Any]:
    """Return namespace and name, None where they are not given."""
    metadata = reveal(properties.get("metadata")) or {}
    return (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else (None, None)
