"""A role: the contract that constrains an agent. One YAML file in ``roles/`` per role."""

import hashlib
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import Field, field_validator, model_validator

from contract.document import parse
from contract.strict import Strict

RoleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
Glob = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\x00][^\x00]*$")]
Tool = Literal["list_artifacts", "read_artifact", "search_artifacts", "write_artifact"]


class Limits(Strict):
    """Hard stops of one step under this role."""

    turns: int = Field(default=8, ge=1, le=50)
    """Model turns of one step."""
    output_tokens: int = Field(default=4096, ge=64, le=64_000)
    """Largest output of one turn, tokens."""
    seconds: float = Field(default=120, gt=0, le=3600)
    """Longest duration of one turn, seconds."""
    concurrent_tasks: int = Field(default=4, ge=1, le=100)
    """Steps of this role that one engine replica runs at once."""
    artifact_bytes: int = Field(default=1_000_000, ge=1, le=20_000_000)
    """Largest artifact this role may write, bytes."""


class Artifacts(Strict):
    """Path globs over a workflow's artifacts (``fnmatch`` syntax, ``**`` crosses directories)."""

    read: tuple[Glob, ...] = ()
    write: tuple[Glob, ...] = ()


class Role(Strict):
    """What an agent of this role is for and what it may do."""

    id: RoleId
    title: str = Field(min_length=1, max_length=80)
    purpose: str = Field(min_length=1, max_length=2000)
    instructions: str = Field(min_length=1, max_length=20_000)
    models: dict[Literal["openai", "anthropic", "offline"], str] = {}
    """Model per provider; a provider that is missing uses LLM_MODEL, else DEFAULT_LLM_MODEL."""
    tools: tuple[Tool, ...] = ()
    artifacts: Artifacts = Artifacts()
    output_schema: dict[str, Any]
    """JSON Schema (2020-12) of the step's output; must describe an object."""
    hand_offs: tuple[RoleId, ...] = ()
    """Roles that may follow this one in a workflow."""
    limits: Limits = Limits()

    @field_validator("output_schema")
    @classmethod
    def _is_an_object_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise ValueError(f"not a JSON Schema: {error.message}") from error
        if schema.get("type") != "object":
            raise ValueError("must have `type: object`")
        return schema

    @model_validator(mode="after")
    def _tools_fit_globs(self) -> "Role":
        if "write_artifact" in self.tools and not self.artifacts.write:
            raise ValueError("tools lists write_artifact but artifacts.write is empty: add a glob or drop the tool")
        return self


def parse_role(text: str, source: str) -> Role:
    """Parse one role file. ``source`` names it in errors. Raises :class:`ContractError`."""
    return parse(Role, text, source)


def digest(text: str) -> str:
    """Digest that an attempt pins: SHA-256 of the role file's text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
