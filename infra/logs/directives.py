"""Text of Fluentd's configuration: sections in sections, each with its parameters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

INDENT: Final = "  "
Value = str | int | bool


@dataclass(frozen=True)
class Directive:
    """``<name argument>`` with ``parameters`` and the sections ``inside`` it; values are written as they are."""

    name: str
    argument: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict[str, Value])
    inside: tuple["Directive", ...] = ()


def render(*directives: Directive) -> str:
    """The text. Raises ValueError for a value that would not stay on its line."""
    return "\n\n".join("\n".join(_lines(each)) for each in directives) + "\n"


def _lines(directive: Directive) -> Iterator[str]:
    yield f"<{directive.name} {directive.argument}>" if directive.argument else f"<{directive.name}>"
    for name, value in directive.parameters.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if "\n" in text or not text:
            raise ValueError(f"{directive.name}: {name} is {text!r}, which is no line of a configuration")
        yield f"{INDENT}{name} {text}"
    for below in directive.inside:
        yield from (INDENT + line for line in _lines(below))
    yield f"</{directive.name}>"
