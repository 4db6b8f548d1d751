"""What a cloud's Python SDK says about the inputs and outputs of a resource type."""

import collections.abc
import difflib
import importlib
import inspect
import types
import typing
import warnings
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any

from pulumi import Output, _types

from offline_plugins.wire import UNKNOWN

SCALARS: dict[type, tuple[type, ...]] = {str: (str,), bool: (bool, str), int: (int, str), float: (int, float, str)}
"""Type in the SDK -> Python types accepted for it; providers read numbers and booleans from strings too."""


class UnknownTypeError(Exception):
    """The SDK has no such resource type."""


def faults(token: str, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Path and reason of each input that the SDK does not have, has otherwise, or requires and that is missing."""
    resource = _class(token)
    hints = typing.get_type_hints(resource._internal_init, localns={"Output": Output, "T": Any})
    names = _types.resource_py_to_pulumi_names(resource)
    given = {names.get(name, name): hint for name, hint in hints.items() if name not in ("__self__", "resource_name")}
    given = {name: hint for name, hint in given.items() if name not in ("opts", "return", "__props__")}
    missing = [name for name in _required(resource) if inputs.get(name) is None]
    return [*((name, "is required") for name in missing), *_members(given, inputs, "")]


@cache
def output_names(token: str) -> frozenset[str]:
    """Every output of a type."""
    return frozenset(_types.resource_types(_class(token)))


@cache
def _class(token: str) -> Any:
    package, _, rest = token.partition(":")
    service, kind = rest.partition("/")[0], rest.rpartition(":")[2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK's modules import each other's deprecated names
        try:
            found = getattr(importlib.import_module(f"pulumi_{package}.{service}"), kind)
        except (ImportError, AttributeError):
            found = None
    if getattr(found, "pulumi_type", None) != token:
        raise UnknownTypeError(f"pulumi_{package} has no resource type {token}")
    return found


@cache
def _required(resource: Any) -> tuple[str, ...]:
    """Names of inputs without default: only the arguments' class says which those are."""
    source = inspect.getsource(resource._internal_init)
    names = _types.resource_py_to_pulumi_names(resource)
    marked = [line.split("'")[1] for line in source.splitlines() if "Missing required property" in line]
    return tuple(names.get(name, name) for name in marked)


def _members(known: Mapping[str, Any], given: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, value in given.items():
        where = f"{path}.{key}" if path else key
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            yield where, f"is no input{f'; did you mean {near[0]}?' if near else ''}"
        else:
            yield from _shape(known[key], value, where)


def _shape(hint: Any, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if value is None or value is UNKNOWN:
        return
    choices = [each for each in _choices(hint) if each is Any or _fits(each, value)]
    if not choices:
        wanted = " or ".join(_called(each) for each in _choices(hint))
        yield path, f"is a {type(value).__name__}, not {wanted}"
        return
    chosen = choices[0]
    if _types.is_input_type(chosen):
        yield from _members(_types.input_type_types(chosen), value, path)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _shape(typing.get_args(chosen)[0], each, f"{path}[{index}]")


def _choices(hint: Any) -> list[Any]:
    """What a value may be, without the ways to promise it and without dictionaries typed for editors."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [choice for each in typing.get_args(hint) for choice in _choices(each)]
    origin = typing.get_origin(hint) or hint
    promised = origin in (type(None), Output, collections.abc.Awaitable) or typing.is_typeddict(origin)
    return [] if promised or _types.is_output_type(hint) else [hint]


def _fits(choice: Any, value: Any) -> bool:
    if isinstance(value, Mapping):
        return _types.is_input_type(choice) or _is_a(choice, Mapping)
    if isinstance(value, list):
        return _is_a(choice, Sequence)
    return isinstance(value, SCALARS.get(choice, ())) or _is_a(choice, Enum)


def _is_a(choice: Any, wanted: type) -> bool:
    origin = typing.get_origin(choice) or choice
    return isinstance(origin, type) and origin is not str and issubclass(origin, wanted)


def _called(choice: Any) -> str:
    return "a list" if _is_a(choice, Sequence) else "an object" if _types.is_input_type(choice) else choice.__name__
