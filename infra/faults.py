"""What is wrong with the settings, in sentences: key, value, reason, nearest valid key."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ValidationError

LONGEST: Final = 300
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one key."""

    key: str
    value: object
    reason: str

    def __str__(self) -> str:
        given = "" if self.value is None else f" = {_shown(self.value)}"
        return f"{self.key}{given}: {self.reason}"


class SettingsError(ValueError):
    """Settings that cannot be accepted, with every fault found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def nearest(key: str, valid: Sequence[str]) -> str:
    """A clause that helps with a misspelt key."""
    close = difflib.get_close_matches(key, valid, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"valid keys are {', '.join(sorted(valid))}"


def describe(error: ValidationError, model: type[BaseModel], root: str) -> list[Fault]:
    """Pydantic's findings as faults under the key ``root``."""
    faults: list[Fault] = []
    for found in error.errors(include_url=False):
        path = found["loc"]
        key = ".".join([root, *(str(part) for part in path)])
        if found["type"] == "extra_forbidden":
            valid = _keys_at(model, path[:-1])
            faults.append(Fault(key, found["input"], f"is not a setting; {nearest(str(path[-1]), valid)}"))
        elif found["type"] == "missing":
            faults.append(Fault(key, None, "is required"))
        else:
            faults.append(Fault(key, found["input"], found["msg"][0].lower() + found["msg"][1:]))
    return faults


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    for part in path:
        for name, field in model.model_fields.items():
            annotation = field.annotation
            if part in (field.alias, name) and isinstance(annotation, type) and issubclass(annotation, BaseModel):
                model = annotation
    return [field.alias or name for name, field in model.model_fields.items()]


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    if "SECRET-KEY" in text or "PRIVATE KEY" in text:
        return "…"  # somebody pasted the wrong half
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
