"""kubeconform's schema files from what a real API server publishes, so that they know the operators' kinds too.

Each file is one kind, with all that it refers to inside. They are strict: a field that a schema does not name is
refused, but where the server keeps unknown fields. Rules in CEL are not part of it; the server itself checks those.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ops.controlplane.api import Api

LOCATION = "{{ .Group }}/{{ .ResourceAPIVersion }}/{{ .ResourceKind }}.json"
"""Template of a file's path; without a group kubeconform gives the version twice."""
PREFIX = "#/components/schemas/"
GROUP_VERSION_KIND = "x-kubernetes-group-version-kind"
KEPT = (
    *("type", "enum", "pattern", "required", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems", "multipleOf"),
)
LOGIC = ("anyOf", "oneOf", "allOf")
Schema = dict[str, Any]


def write_schemas(api: Api, kinds: Iterable[tuple[str, str]], directory: Path) -> str:
    """Write the schemas of ``kinds`` (apiVersion, kind) and return the location for kubeconform.

    Raises :class:`LookupError` where the server does not serve one.
    """
    wanted: dict[str, list[str]] = {}
    for version, kind in sorted(set(kinds)):
        wanted.setdefault(version, []).append(kind)
    for version, names in wanted.items():
        path = f"apis/{version}" if "/" in version else f"api/{version}"
        schemas = api.request("GET", f"/openapi/v3/{path}")["components"]["schemas"]
        for kind in names:
            file = directory / (version if "/" in version else f"{version}/{version}") / f"{kind.lower()}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(kind_schema(schemas, version, kind)), encoding="utf-8")
    return f"{directory}/{LOCATION}"


def kind_schema(schemas: dict[str, Schema], version: str, kind: str) -> Schema:
    """The strict schema of one kind, from the schemas of its group and version."""
    group, _, number = version.rpartition("/")
    meant = {"group": group, "version": number, "kind": kind}
    found = [name for name, schema in schemas.items() if meant in schema.get(GROUP_VERSION_KIND, ())]
    if not found:
        raise LookupError(f"the API server publishes no schema of {version}/{kind}")
    definitions: dict[str, Schema] = {}
    waiting = [found[0]]
    while waiting:
        name = waiting.pop()
        if name not in definitions:
            definitions[name] = strict(schemas[name])
            waiting.extend(_references(schemas[name]))
    return {"$ref": f"#/definitions/{found[0]}", "definitions": definitions}


def strict(schema: Schema, closed: bool = True) -> Schema:
    """JSON Schema of an OpenAPI v3 schema. Below ``anyOf`` and its like nothing is ``closed``: they see a part only."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace(PREFIX, "#/definitions/")}
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return _nullable(schema, {"type": ["integer", "string"]})
    result: Schema = {key: schema[key] for key in KEPT if key in schema}
    for key in LOGIC:
        if key in schema:
            result[key] = [strict(each, closed=False) for each in schema[key]]
    if "not" in schema:
        result["not"] = strict(schema["not"], closed=False)
    if "items" in schema:
        result["items"] = strict(schema["items"], closed)
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = strict(schema["additionalProperties"], closed)
    if "properties" in schema:
        result["properties"] = {name: strict(each, closed) for name, each in schema["properties"].items()}
        if closed and not schema.get("x-kubernetes-preserve-unknown-fields"):
            result.setdefault("additionalProperties", schema.get("additionalProperties", False))
    if schema.get("x-kubernetes-embedded-resource"):
        result.setdefault("properties", {}).update({"apiVersion": {}, "kind": {}, "metadata": {}})
    return _nullable(schema, result)


def _nullable(schema: Schema, result: Schema) -> Schema:
    return {"anyOf": [result, {"type": "null"}]} if schema.get("nullable") else result


def _references(value: Any) -> list[str]:
    match value:
        case {"$ref": str(target)} if target.startswith(PREFIX):
            return [target.removeprefix(PREFIX)]
        case dict():
            return [name for each in value.values() for name in _references(each)]
        case list():
            return [name for each in value for name in _references(each)]
        case _:
            return []
