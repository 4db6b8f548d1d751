"""Whether a document fits a JSON Schema, said in one sentence. No reference is ever fetched."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError, exceptions
from referencing import Registry
from referencing.exceptions import Unresolvable

NOTHING_OUTSIDE: Registry[Any] = Registry()
# The stubs of jsonschema leave these two partly unknown.
_worst = cast("Callable[[Iterable[ValidationError]], ValidationError | None]", exceptions.best_match)  # pyright: ignore[reportUnknownMemberType]


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
