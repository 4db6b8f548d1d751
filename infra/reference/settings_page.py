"""``docs/reference/settings.md``: every setting with its type, its default and what it means."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from infra.central.settings import ObservatorySettings
from infra.reference.docstrings import class_docstring, field_docstrings
from infra.reference.schemas import models_of, observatory_schema, settings_schema
from infra.secret_sources import NAMESPACE, SecretKey
from infra.settings import Settings
from infra.stack_settings import KEY, Kind

HEAD = f"""# Settings

Generated from the models by `make reference`; do not edit. Everything that is not secret is the object `{KEY}` in
`Pulumi.<stack>.yaml`. What a stack leaves out comes from the preset that `size` names, then from the default here. The
schema for editors is [settings.schema.json](settings.schema.json). A stack of `kind: monitoring` has the keys of the
last table before the secrets, with the sections of a region.
"""


TITLES: dict[type[BaseModel], str] = {Settings: KEY, ObservatorySettings: f"{KEY} of kind {Kind.MONITORING}"}


def page() -> str:
    """The page's text."""
    schema = settings_schema()
    parts = [HEAD]
    for model in models_of(Settings):
        document = schema if model is Settings else schema["$defs"][model.__name__]
        parts.append(_section(model, document))
    parts.append(_section(ObservatorySettings, observatory_schema()))
    parts.append(_secrets())
    return "\n".join(parts)


def _section(model: type[BaseModel], document: dict[str, Any]) -> str:
    title = TITLES.get(model, model.__name__)
    rows = ["| key | type | default | |", "|---|---|---|---|"]
    texts = field_docstrings(model)
    for name, field in model.model_fields.items():
        alias = field.alias or name
        shape: dict[str, Any] = document["properties"][alias]
        default = "required" if alias in document.get("required", ()) else _default(shape)
        rows.append(f"| `{alias}` | {_type(shape)} | {default} | {_cell(texts.get(name, ''))} |")
    return f"## {title}\n\n{_cell(class_docstring(model))}\n\n" + "\n".join(rows) + "\n"


def _secrets() -> str:
    lines = [
        "## Secrets\n",
        f"""Each is a key of its own beside `{KEY}`, accepted only encrypted:
`pulumi config set --secret {NAMESPACE}:<key>`. Passwords and tokens are generated where none is configured.
""",
    ]
    lines += [f"- `{NAMESPACE}:{key}`" for key in SecretKey]
    return "\n".join(lines) + "\n"


def _type(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})" if _is_model(name) else _choices(name)
    if "const" in shape:
        return f"`{shape['const']}`"
    if "anyOf" in shape:
        return " or ".join(_type(each) for each in shape["anyOf"] if each.get("type") != "null")
    if "allOf" in shape:
        return _type(shape["allOf"][0])
    kind = str(shape.get("type", "any"))
    if kind == "array":
        return f"list of {_type(shape.get('items', {}))}"
    bounds = [f"{sign} {shape[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in shape]
    return " ".join([kind, *bounds])


def _is_model(name: str) -> bool:
    return any(model.__name__ == name for model in models_of(Settings))


def _choices(name: str) -> str:
    values: list[str] = settings_schema()["$defs"][name]["enum"]
    return ", ".join(f"`{value}`" for value in values)


def _default(shape: dict[str, Any]) -> str:
    value = shape.get("default")
    if value is None:
        return "" if "default" in shape else "by size"
    if isinstance(value, dict):
        return "see there"
    return f"`{value.value if isinstance(value, StrEnum) else value}`"


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")
