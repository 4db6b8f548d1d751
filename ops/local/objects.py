"""The objects that processes are started from, read from the API server in one go."""

import base64
from dataclasses import dataclass, field

from contract.names import Namespace
from ops.controlplane.api import Api, Json
from ops.local.failure import LocalError
from ops.local.fields import text_map

RUN_HERE = (Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.CACHE)
"""Namespaces whose workloads run as processes; PostgreSQL comes from its CloudNativePG object."""
Key = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class Workload:
    """A Deployment, StatefulSet or Job, and the pod it asks for."""

    kind: str
    namespace: str
    name: str
    template: Json
    deadline: float | None = None
    retries: int = 6

    @property
    def source(self) -> str:
        """How people name it."""
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its pods."""
        return text_map(self.template, "metadata", "labels")

    @property
    def container(self) -> Json:
        """Its main container, the first. Raises :class:`LocalError` for one that others have to prepare."""
        pod: Json = self.template["spec"]
        if pod.get("initContainers"):
            raise LocalError(
                f"{self.source} has containers that prepare it, and one process cannot stand in for them: "
                "do without them, or run it on a real node."
            )
        return pod["containers"][0]

    @property
    def sidecars(self) -> tuple[str, ...]:
        """Containers beside the main one: exporters and the like, which no process stands in for."""
        return tuple(each["name"] for each in self.template["spec"]["containers"][1:])


@dataclass
class Objects:
    """Everything that `make up` reads."""

    workloads: list[Workload] = field(default_factory=list[Workload])
    jobs: list[Workload] = field(default_factory=list[Workload])
    services: list[Json] = field(default_factory=list[Json])
    clusters: list[Json] = field(default_factory=list[Json])
    config_maps: dict[Key, dict[str, bytes]] = field(default_factory=dict[Key, dict[str, bytes]])
    secrets: dict[Key, dict[str, bytes]] = field(default_factory=dict[Key, dict[str, bytes]])

    def config_map(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """A ConfigMap's keys, or ``None`` where it does not exist."""
        return self.config_maps.get((namespace, name))

    def secret(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """A Secret's keys, decoded, or ``None`` where it does not exist."""
        return self.secrets.get((namespace, name))


def read_objects(api: Api) -> Objects:
    """Read the platform's objects. Raises ``ops.controlplane.api.ApiError``."""
    objects = Objects()
    for namespace in RUN_HERE:
        for kind in ("Deployment", "StatefulSet"):
            objects.workloads += [workload(kind, each) for each in api.list("apps/v1", kind, namespace)]
        objects.jobs += [
            workload("Job", each)
            for each in api.list("batch/v1", "Job", namespace)
            if not each["metadata"].get("ownerReferences")  # a CronJob's belong to its schedule
        ]
        objects.services += api.list("v1", "Service", namespace)
    objects.clusters = api.list("postgresql.cnpg.io/v1", "Cluster", Namespace.DATABASE)
    for namespace in (*RUN_HERE, Namespace.DATABASE):
        for each in api.list("v1", "ConfigMap", namespace):
            objects.config_maps[key(each)] = config_map_data(each)
        for each in api.list("v1", "Secret", namespace):
            objects.secrets[key(each)] = secret_data(each)
    return objects


def workload(kind: str, document: Json) -> Workload:
    """A workload from its object."""
    namespace, name = key(document)
    spec: Json = document["spec"]
    deadline: float | None = spec.get("activeDeadlineSeconds")
    return Workload(kind, namespace, name, spec["template"], deadline, int(spec.get("backoffLimit", 6)))


def key(document: Json) -> Key:
    """Namespace and name of an object."""
    return document["metadata"]["namespace"], document["metadata"]["name"]


def config_map_data(document: Json) -> dict[str, bytes]:
    """Keys of a ConfigMap as files."""
    text = {name: value.encode() for name, value in text_map(document, "data").items()}
    return text | {name: base64.b64decode(value) for name, value in text_map(document, "binaryData").items()}


def secret_data(document: Json) -> dict[str, bytes]:
    """Keys of a Secret as files."""
    return {name: base64.b64decode(value) for name, value in text_map(document, "data").items()}
