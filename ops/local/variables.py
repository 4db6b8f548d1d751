"""A container's environment as the kubelet would set it: envFrom, env, valueFrom, and ``$(NAME)`` in values."""

import re
from collections.abc import Mapping

from ops.controlplane.api import Json
from ops.local.failure import LocalError
from ops.local.fields import listed, text_map
from ops.local.objects import Objects, Workload
from ops.local.replacement import LOOPBACK

_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][\w.-]*)\)")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace ``$(NAME)`` where NAME is known; ``$$`` is one dollar."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return _REFERENCE.sub(value, text)


def variables(workload: Workload, objects: Objects) -> dict[str, str]:
    """All variables that the pod template sets, as the objects have them.

    Raises :class:`LocalError` where a ConfigMap, Secret or key does not exist and is not optional.
    """
    found: dict[str, str] = {}
    for source in listed(workload.container, "envFrom"):
        prefix = source.get("prefix", "")
        for name, value in _all_keys(workload, source, objects).items():
            found[prefix + name] = value
    for entry in listed(workload.container, "env"):
        if "valueFrom" in entry:
            value = _value_from(workload, entry["valueFrom"], objects)
            if value is not None:
                found[entry["name"]] = value
        else:
            found[entry["name"]] = expand(entry.get("value", ""), found)
    return found


def _all_keys(workload: Workload, source: Json, objects: Objects) -> dict[str, str]:
    public = "configMapRef" in source
    kind, lookup = ("ConfigMap", objects.config_map) if public else ("Secret", objects.secret)
    reference: Json = source["configMapRef" if public else "secretRef"]
    data = lookup(workload.namespace, reference["name"])
    if data is None and not reference.get("optional"):
        raise LocalError(
            f"{workload.source} takes its environment from {kind} {reference['name']}, "
            f"which does not exist in {workload.namespace}."
        )
    return {name: value.decode() for name, value in (data or {}).items()}


def _value_from(workload: Workload, source: Json, objects: Objects) -> str | None:
    if "fieldRef" in source:
        return _field(workload, source["fieldRef"]["fieldPath"])
    for key, lookup in (("configMapKeyRef", objects.config_map), ("secretKeyRef", objects.secret)):
        if key in source:
            reference = source[key]
            data = lookup(workload.namespace, reference["name"]) or {}
            if reference["key"] in data:
                return data[reference["key"]].decode()
            if reference.get("optional"):
                return None
            raise LocalError(
                f"{workload.source} reads key {reference['key']} of {reference['name']}, which is missing."
            )
    raise LocalError(f"{workload.source} has a variable from {next(iter(source))}, which a process cannot have.")


def _field(workload: Workload, path: str) -> str:
    known = {
        "metadata.name": workload.name,
        "metadata.namespace": workload.namespace,
        "spec.nodeName": "localhost",
        "spec.serviceAccountName": workload.template["spec"].get("serviceAccountName", "default"),
        "status.podIP": LOOPBACK,
        "status.hostIP": LOOPBACK,
    }
    label = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if label is not None:
        return text_map(workload.template, "metadata", label[1]).get(label[2], "")
    if path not in known:
        raise LocalError(f"{workload.source} has a variable from field {path}, which a process does not have.")
    return known[path]
