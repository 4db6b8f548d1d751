"""Docstrings of a model's fields, which Python itself does not keep: they are read from the source."""

import ast
import inspect
import textwrap
from itertools import pairwise

from pydantic import BaseModel


def field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the first paragraph of the docstring below it, on one line; fields without one are left out."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _of_class(each)
    return found


def class_docstring(model: type[BaseModel]) -> str:
    """First paragraph of the model's own docstring, on one line."""
    return _paragraph(model.__doc__ or "")


def _of_class(model: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found: dict[str, str] = {}
    for node, following in pairwise(body):
        match node, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = _paragraph(text)
            case _:
                continue
    return found


def _paragraph(text: str) -> str:
    return " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
