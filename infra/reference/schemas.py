"""JSON Schemas of settings and outputs, with the models' own words as descriptions."""

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contract.outputs import RegionOutputs
from infra.presets import Preset
from infra.reference.docstrings import class_docstring, field_docstrings
from infra.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def settings_schema() -> dict[str, Any]:
    """Schema of ``mcp:settings``; what ``size`` brings is not required."""
    schema = _schema(Settings)
    sizes = {field.alias or name for name, field in Preset.model_fields.items()}
    schema["required"] = [name for name in schema["required"] if name not in sizes]
    for model in models_of(Preset):
        schema["$defs"].get(model.__name__, {}).pop("required", None)
    return schema


def outputs_schema() -> dict[str, Any]:
    """Schema of a region's outputs."""
    return _schema(RegionOutputs)


def models_of(root: type[BaseModel]) -> list[type[BaseModel]]:
    """``root`` and every model below it, each once, in the order of their appearance."""
    found: list[type[BaseModel]] = []

    def visit(annotation: object) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in found:
            found.append(annotation)
            for field in annotation.model_fields.values():
                visit(field.annotation)
        for argument in get_args(annotation):
            visit(argument)

    visit(root)
    return found


def _schema(root: type[BaseModel]) -> dict[str, Any]:
    _, document = models_json_schema([(root, "validation")], by_alias=True)
    definitions: dict[str, Any] = document["$defs"]
    for model in models_of(root):
        definition = definitions[model.__name__]
        definition["description"] = class_docstring(model)
        for name, text in field_docstrings(model).items():
            definition["properties"][model.model_fields[name].alias or name]["description"] = text
    top = definitions.pop(root.__name__)
    return {"$schema": DIALECT} | top | {"$defs": definitions}
