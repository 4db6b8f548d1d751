"""The API's OpenAPI document: what the framework derives, and the bodies and the token that it cannot see."""

from typing import Any, Final, cast

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from contract.api import PROBLEM_MEDIA_TYPE, Problem, RequestTicket, SubmitWorkflow

BODIES: Final = (SubmitWorkflow, RequestTicket)
"""Models that routes read by themselves, off the event loop where they are large."""
_PLACE: Final = "#/components/schemas/{model}"


def body_of(model: type) -> dict[str, Any]:
    """``openapi_extra`` of a route whose body is one of :data:`BODIES`."""
    schema = {"$ref": _PLACE.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def describe(app: FastAPI) -> None:
    """Let ``app`` describe itself completely: bodies, problem documents, bearer token."""
    derive = app.openapi

    def complete() -> dict[str, Any]:
        document = derive()
        parts = document.setdefault("components", {})
        modes = [(model, "validation") for model in BODIES]
        _, bodies = models_json_schema(cast("Any", modes), ref_template=_PLACE)
        _, answers = models_json_schema([(Problem, "serialization")], ref_template=_PLACE)
        parts.setdefault("schemas", {}).update(bodies["$defs"] | answers["$defs"])
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        problem = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": _PLACE.format(model="Problem")}}}
        for methods in document["paths"].values():
            for operation in methods.values():
                answered = operation["responses"]
                for framework_own in ("422", "default"):
                    answered.pop(framework_own, None)
                answered["default"] = {"description": "Problem details (RFC 9457)", "content": problem}
        return document

    app.openapi = complete
