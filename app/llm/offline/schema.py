"""Fills a JSON Schema with facts of the step: valid by construction for the schemas that role files use."""

import re
from dataclasses import dataclass
from typing import Any, Final, cast

from app.llm.offline.subject import Subject

Schema = dict[str, Any]
DEPTH: Final = 12


@dataclass(frozen=True)
class Facts:
    """What an output may speak of."""

    subject: Subject
    written: tuple[str, ...]
    seen: tuple[str, ...]
    rework: bool
    """Whether a verdict asks for changes."""


def fill(schema: Schema, facts: Facts) -> object:
    """An instance of ``schema``. Where a keyword is beyond it (say a strange pattern) the caller's check will tell."""
    return _fill(schema, "", facts, 0, 0)


def _fill(schema: Schema, name: str, facts: Facts, position: int, depth: int) -> object:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return _choice(cast("list[object]", schema["enum"]), facts)
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return _fill(cast("list[Schema]", schema[keyword])[0], name, facts, position, depth)
    kind: object = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = cast("list[object]", kind)[0]
    if depth > DEPTH:
        return None
    match kind:
        case "object":
            return _object(schema, facts, position, depth)
        case "array":
            return _array(schema, name, facts, depth)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _string(schema, name, facts, position)


def _choice(allowed: list[object], facts: Facts) -> object:
    if {"approved", "changes_requested"} <= {value for value in allowed if isinstance(value, str)}:
        return "changes_requested" if facts.rework else "approved"
    return allowed[0]


def _object(schema: Schema, facts: Facts, position: int, depth: int) -> dict[str, object]:
    properties = cast("dict[str, Schema]", schema.get("properties", {}))
    wanted = [*properties, *(key for key in schema.get("required", ()) if key not in properties)]
    return {key: _fill(properties.get(key, {}), key, facts, position, depth + 1) for key in wanted}


def _array(schema: Schema, name: str, facts: Facts, depth: int) -> list[object]:
    items = cast("Schema", schema.get("items", {}))
    least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", 1000))
    if items.get("type") == "string" and "pattern" in items:
        known = [*facts.written, *facts.seen, *(row.id for row in facts.subject.statements)]
        fitting = [value for value in dict.fromkeys(known) if re.search(items["pattern"], value)]
        if len(fitting) >= least and fitting:
            written = [value for value in fitting if value in facts.written]
            return list[object](written or fitting)[:most]
    count = least
    if name in ("requirements", "components"):
        count = max(least, len(facts.subject.statements) if name == "requirements" else 1)
    elif name == "findings":
        count = max(least, 1 if facts.rework else 0)
    elif name in ("decisions", "notes", "acceptance"):
        count = max(least, 1)
    return [_fill(items, name, facts, position, depth + 1) for position in range(min(count, most))]


def _number(schema: Schema) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    number = low + 1 if "exclusiveMinimum" in schema else low
    step = schema.get("multipleOf", 1)
    return number if number % step == 0 else number + step - number % step


def _string(schema: Schema, name: str, facts: Facts, position: int) -> str:
    rows = facts.subject.statements
    row = rows[position % len(rows)]
    title = facts.subject.title
    said = {
        "id": row.id,
        "statement": row.text,
        "summary": f"{title}: {', '.join(facts.written) or 'nothing was written'}.",
        "acceptance": f"A test names {row.id} and shows that it holds.",
        "name": facts.subject.slug,
        "path": next((path for path in facts.seen if path.startswith("src/")), facts.subject.slug),
        "finding": "A name of any length is accepted: refuse names that are too long, and test it.",
        "decision": "Keep the data in memory.",
        "reason": "Nothing in the requirements outlives the process.",
        "responsibility": f"Meets the requirements of {title}.",
        "interface": "Register.add(entry), Register.find(name), iteration",
        "notes": f"Requirements covered: {', '.join(row.id for row in rows)}.",
    }.get(name, f"{title} {name}".strip())
    pattern = schema.get("pattern")
    if pattern is not None and not re.search(pattern, said):
        candidates = [*facts.written, *facts.seen, row.id, facts.subject.slug, title, "a", "A1", "1", "0.1.0"]
        said = next((value for value in candidates if re.search(pattern, value)), said)
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 100_000))
    return said.ljust(least, ".")[:most]
