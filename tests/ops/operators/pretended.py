"""Stands for an API server and for what controllers make of objects: it keeps what is applied and notes the order."""

import copy
from typing import Any

from ops.controlplane.api import Json, UnknownKindError

Key = tuple[str, str, str | None]
DEFINITION = "CustomResourceDefinition"


def key(manifest: Json) -> Key:
    """Kind, name, namespace."""
    return manifest["kind"], manifest["metadata"]["name"], manifest["metadata"].get("namespace")


class Pretended:
    """Objects get ready at once, but for those whose names are in ``slow``."""

    def __init__(self, *slow: str) -> None:
        self.objects: dict[Key, Json] = {}
        self.applied: list[str] = []
        self.deleted: list[str] = []
        self.slow = set(slow)
        self.unserved: set[str] = set()

    def get(self, _version: str, kind: str, name: str, namespace: str | None = None) -> Json | None:
        """One object with the status that its controller gave it."""
        self._serve(kind)
        return copy.deepcopy(self.objects.get((kind, name, namespace)))

    def apply(self, manifest: Json, manager: str) -> Json:
        """Keep it."""
        assert manager
        self._serve(manifest["kind"])
        live = copy.deepcopy(manifest)
        live["metadata"]["generation"] = 1
        if manifest["metadata"]["name"] not in self.slow:
            settle(live)
        self.objects[key(manifest)] = live
        self.applied.append(f"{manifest['kind']} {manifest['metadata']['name']}")
        return live

    def delete(self, _version: str, kind: str, name: str, namespace: str | None = None) -> None:
        """Forget it."""
        self._serve(kind)
        self.objects.pop((kind, name, namespace), None)
        self.deleted.append(f"{kind} {name}")

    def _serve(self, kind: str) -> None:
        if kind in self.unserved:
            raise UnknownKindError("example.org/v1", kind)


def settle(live: Json) -> None:
    """Do what controllers do."""
    conditions = {DEFINITION: "Established", "APIService": "Available", "Prometheus": "Available"}
    if live["kind"] in conditions:
        live["status"] = {"conditions": [{"type": conditions[live["kind"]], "status": "True"}]}
    if live["kind"] == "Deployment":
        count = live["spec"]["replicas"]
        live["status"] = {
            "observedGeneration": live["metadata"]["generation"],
            **dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), count),
        }
    for hook in live.get("webhooks", []):
        hook["clientConfig"]["caBundle"] = "Q0E="


def made(kind: str, name: str, namespace: str | None = "operator", **rest: Any) -> Json:
    """A small object."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "example.org/v1", "kind": kind, "metadata": metadata, **rest}


def deployment(name: str) -> Json:
    """A Deployment of one replica."""
    return made("Deployment", name, spec={"replicas": 1})


def webhook(name: str, hooks: int = 1) -> Json:
    """A webhook configuration whose authority is written in by its operator."""
    service = {"service": {"name": "hook", "namespace": "operator"}}
    return made(
        "ValidatingWebhookConfiguration",
        name,
        None,
        webhooks=[{"name": f"{number}.example.org", "clientConfig": dict(service)} for number in range(hooks)],
    )
