"""The base of every contract model: immutable, and refusing what it does not know."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen model that forbids unknown keys, so that a misspelt key is an error and not silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
