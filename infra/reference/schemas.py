"""JSON Schemas of settings and outputs, with the models' own words as descriptions."""

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contract.outputs import ObservatoryOutputs, RegionOutputs
from infra.central.settings import DEFAULTS, ObservatorySettings
from infra.presets import Preset
from infra.reference.docstrings import class_docstring, field_docstrings
from infra.settings import Settings
from infra.stack_settings import Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def stack_schema() -> dict[str, Any]:
    """Schema of ``mcp:settings`` of any kind, for editors: ``kind`` says which model it is held to."""
    region, observatory = settings_schema(), observatory_schema()
    definitions: dict[str, Any] = observatory.pop("$defs") | region.pop("$defs")
    for model, schema in ((Settings, region), (ObservatorySettings, observatory)):
        schema.pop("$schema")
        definitions[model.__name__] = schema
    return {
        "$schema": DIALECT,
        "if": {"properties": {"kind": {"const": Kind.MONITORING.value}}, "required": ["kind"]},
        "then": {"$ref": f"#/$defs/{ObservatorySettings.__name__}"},
        "else": {"$ref": f"#/$defs/{Settings.__name__}"},
        "$defs": definitions,
    }


def observatory_schema() -> dict[str, Any]:
    """Schema of ``mcp:settings`` of a monitoring stack; what it has by default is not required."""
    schema = _schema(ObservatorySettings)
    schema["required"] = [name for name in schema["required"] if name == "cluster" or name not in DEFAULTS]
    for name in ("monitoring", "logging"):
        schema["properties"][name]["default"] = DEFAULTS[name]
    return schema


def settings_schema() -> dict[str, Any]:
    """Schema of ``mcp:settings`` of a region; what ``size`` brings is not required."""
    schema = _schema(Settings)
    sizes = {field.alias or name for name, field in Preset.model_fields.items()}
    schema["required"] = [name for name in schema["required"] if name not in sizes]
    for model in models_of(Preset):
        schema["$defs"].get(model.__name__, {}).pop("required", None)
    return schema


def outputs_schema() -> dict[str, Any]:
    """Schema of a region's outputs."""
    return _schema(RegionOutputs)


def observatory_outputs_schema() -> dict[str, Any]:
    """Schema of a monitoring stack's outputs."""
    return _schema(ObservatoryOutputs)


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
