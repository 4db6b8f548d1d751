"""The files that a pod template mounts, with their contents rewritten for this machine."""

from collections.abc import Callable, Mapping

from ops.controlplane.api import Json
from ops.local.failure import LocalError
from ops.local.fields import listed
from ops.local.mounts import Mount
from ops.local.objects import Objects, Workload

Rewrite = Callable[[str], str]


def mounts(workload: Workload, objects: Objects, rewrite: Rewrite) -> list[Mount]:
    """Every volume mount of the container, outermost first.

    Raises :class:`LocalError` where a ConfigMap, Secret or key does not exist, or a volume is of another kind.
    """
    volumes: dict[str, Json] = {volume["name"]: volume for volume in listed(workload.template["spec"], "volumes")}
    found: list[Mount] = []
    for mount in listed(workload.container, "volumeMounts"):
        public, files = _files(workload, volumes[mount["name"]], objects)
        rewritten = {name: _rewritten(content, rewrite) for name, content in files.items()}
        part: str = mount.get("subPath", "")
        if part and files:
            if part not in rewritten:
                raise LocalError(f"{workload.source} mounts {part} of volume {mount['name']}, which does not have it.")
            rewritten = {part: rewritten[part]}
        path = str(mount["mountPath"]).rstrip("/") or "/"
        found.append(Mount(path, rewritten, single=bool(part and files), public=public))
    return sorted(found, key=lambda mount: mount.path.count("/"))


def _files(workload: Workload, volume: Json, objects: Objects) -> tuple[bool, Mapping[str, bytes]]:
    if "configMap" in volume:
        source: Json = volume["configMap"]
        return True, _keys(workload, "ConfigMap", source["name"], source, objects.config_map)
    if "secret" in volume:
        source = volume["secret"]
        return False, _keys(workload, "Secret", source["secretName"], source, objects.secret)
    if "projected" in volume:
        public, files = True, dict[str, bytes]()
        for part in listed(volume["projected"], "sources"):
            named = {"secret": part["secret"] | {"secretName": part["secret"]["name"]}} if "secret" in part else part
            also_public, more = _files(workload, named, objects)
            public, files = public and also_public, files | dict(more)
        return public, files
    if "emptyDir" in volume or "persistentVolumeClaim" in volume:
        return True, {}
    kind = next((name for name in volume if name != "name"), "unknown")
    raise LocalError(f"{workload.source} mounts a volume of kind {kind}, which a process on this machine cannot have.")


def _keys(
    workload: Workload,
    kind: str,
    name: str,
    source: Json,
    lookup: Callable[[str, str], dict[str, bytes] | None],
) -> Mapping[str, bytes]:
    data = lookup(workload.namespace, name)
    if data is None:
        if source.get("optional"):
            return {}
        raise LocalError(f"{workload.source} mounts {kind} {name}, which does not exist in {workload.namespace}.")
    items = listed(source, "items")
    if not items:
        return data
    missing = [item["key"] for item in items if item["key"] not in data]
    if missing and not source.get("optional"):
        raise LocalError(f"{workload.source} mounts key {missing[0]} of {kind} {name}, which does not have it.")
    return {item["path"]: data[item["key"]] for item in items if item["key"] in data}


def _rewritten(content: bytes, rewrite: Rewrite) -> bytes:
    try:
        return rewrite(content.decode()).encode()
    except UnicodeDecodeError:
        return content
