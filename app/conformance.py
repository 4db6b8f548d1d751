"""Whether a document fits a JSON Schema, said in one sentence. No reference is ever fetched."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, cast

from jsonschema import Draft202012Validator, ValidationError, exceptions
from referencing import Registry
from referencing.exceptions import Unresolvable

NOTHING_OUTSIDE: Registry[Any] = Registry()
# The stubs of jsonschema leave these two partly unknown.
_worst = cast("Callable[[Iterable[ValidationError]], ValidationError | None]", exceptions.best_match)  # pyright: ignore[reportUnknownMemberType]


OUTPUT_CHARACTERS: Final = 500_000
"""Longest output of a step as JSON: well above what 64,000 tokens hold, and checked without holding up the loop."""


def output_fault(output: Any, schema: dict[str, Any]) -> str | None:
    """Why ``output`` cannot be a step's output under ``schema``: too long, or off the schema. None where it can."""
    length = len(json.dumps(output, default=str))
    if length > OUTPUT_CHARACTERS:
        return f"the output is {length} characters of JSON, at most {OUTPUT_CHARACTERS} are accepted"
    return fault_of(output, schema)


def fault_of(document: Any, schema: dict[str, Any]) -> str | None:
    """Why ``document`` does not fit ``schema`` (draft 2020-12), or None where it fits."""
    validator = Draft202012Validator(schema, registry=NOTHING_OUTSIDE)
    faults = cast("Callable[[Any], Iterator[ValidationError]]", validator.iter_errors)  # pyright: ignore[reportUnknownMemberType]
    try:
        worst = _worst(faults(document))
    except Unresolvable as error:
        return f"the schema refers to something outside it: {error}"
    if worst is None:
        return None
    where = "/".join(str(part) for part in worst.absolute_path) or "the document"
    return f"{where}: {worst.message[:300]}"
