"""Which keys of a values document a chart knows: a misspelt one is otherwise silently ignored.

A key is known where the chart's defaults or schema have it, where a template names it or puts out the whole map that it
is in, or else where the rendered objects change with it.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.charts.chart import Chart, Values, render

Path = tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """Dotted keys. ``unchecked`` ones belong to subcharts whose folder is not known."""

    unknown: list[str] = field(default_factory=list[str])
    unchecked: list[str] = field(default_factory=list[str])


def check(chart: Chart, values: Values, namespace: str = "default", apis: tuple[str, ...] = ()) -> Verdict:
    """Judge every key of ``values``. Raises :class:`RenderError` where Helm refuses them, by schema or template."""
    rendered = render(chart, values, namespace, apis)
    suspects, unchecked = _judge(chart, values, ())
    without = ((path, render(chart, _without(values, path), namespace, apis)) for path in suspects)
    unknown = [path for path, objects in without if objects == rendered]
    return Verdict(_dotted(unknown), _dotted(unchecked))


def _judge(chart: Chart, values: Values, at: Path) -> tuple[list[Path], list[Path]]:
    """Keys that nothing static knows, and those that nobody can judge."""
    subcharts = chart.dependencies()
    conditions = {name for each in subcharts.values() for name in str(each.get("condition", "")).split(",")}
    switches = {f"tags.{tag}" for each in subcharts.values() for tag in each.get("tags") or []} | conditions
    own = {key: value for key, value in values.items() if key not in subcharts}
    templates, schema = chart.templates(), chart.schema()
    suspects = [at + path for path in _unknown(own, chart.defaults(), schema, schema, templates, ())]
    suspects = [path for path in suspects if ".".join(path[len(at) :]) not in switches]
    unchecked: list[Path] = []
    for key in subcharts.keys() & values.keys():
        below = {name: value for name, value in values[key].items() if f"{key}.{name}" not in switches}
        found = chart.subchart(key)
        if found is None:
            unchecked += [(*at, key, name) for name in below]
        else:
            further = _judge(found, below, (*at, key))
            suspects += further[0]
            unchecked += further[1]
    return suspects, unchecked


def _unknown(
    values: Values, defaults: Any, schema: Any, root: dict[str, Any], templates: str, at: Path
) -> Iterator[Path]:
    for key, value in values.items():
        path = (*at, key)
        declared = isinstance(defaults, dict) and key in defaults
        default = defaults[key] if declared else None
        part = _property(_resolved(schema, root), key)
        if not declared and part is None and not _named(path, templates):
            yield path
        elif isinstance(value, dict) and value and not _whole(path, templates) and not _open(default, part, declared):
            yield from _unknown(value, default, part, root, templates, path)


def _open(default: Any, part: Any, declared: bool) -> bool:
    """Whether anything may stand there: an empty map by default, or a schema of Kubernetes' own kinds."""
    if declared and default in ({}, None):
        return not (isinstance(part, dict) and part.get("properties"))
    return isinstance(part, dict) and "$ref" in part and not part["$ref"].startswith("#")


def _resolved(schema: Any, root: dict[str, Any]) -> Any:
    while isinstance(schema, dict) and str(schema.get("$ref", "")).startswith("#/"):
        found: Any = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found.get(name, {})
        schema = found
    return schema


def _property(schema: Any, key: str) -> Any:
    if not isinstance(schema, dict):
        return None
    return schema.get("properties", {}).get(key)


def _named(path: Path, templates: str) -> bool:
    """A template names the key or something in it."""
    return re.search(rf"\.Values\.{re.escape('.'.join(path))}(?![A-Za-z0-9_])", templates) is not None


def _whole(path: Path, templates: str) -> bool:
    """A template puts out all that is there, whatever its keys."""
    name = rf"\$?\.Values\.{re.escape('.'.join(path))}(?![A-Za-z0-9_.])"
    forms = (
        rf"to(?:Pretty)?(?:Yaml|Json)\s+\(?\s*{name}",
        rf"{name}[^{{}}]*\|[^{{}}]*toYaml",
        rf"range\s+\$\w+\s*,\s*\$\w+\s*:?=\s*{name}",
        rf"with\s+{name}\s*-?\}}\}}(?:(?!\{{\{{-?\s*end).)*?to(?:Yaml|Json)\s+\.(?![A-Za-z])",
    )
    return any(re.search(form, templates, re.DOTALL) for form in forms)


def _without(values: Values, path: Path) -> dict[str, Any]:
    copy: dict[str, Any] = deepcopy(dict(values))
    at = copy
    for name in path[:-1]:
        at = at[name]
    del at[path[-1]]
    return copy


def _dotted(paths: list[Path]) -> list[str]:
    return sorted(".".join(path) for path in paths)
