"""Reading a YAML document as a contract model, with errors that say which file is wrong, where and why."""

from typing import Final, TypeVar

import yaml

from contract.errors import ContractError, describe
from contract.strict import Strict

Model = TypeVar("Model", bound=Strict)
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C is ten times as fast, and not in every build of PyYAML."""


def parse(model: type[Model], text: str, source: str) -> Model:
    """``text`` as ``model``. ``source`` names the file in errors. Raises :class:`ContractError`."""
    try:
        document: object = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader, whichever of both
    except yaml.YAMLError as error:
        raise ContractError(source, f"is not YAML: {error}") from error
    try:
        return model.model_validate(document)
    except ValueError as error:
        raise ContractError(source, describe(error)) from error
