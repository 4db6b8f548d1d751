"""The stacks of the tree: their settings files, and a stack's program run on one of them."""

import json
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import pulumi
import pulumi_kubernetes
import yaml

from contract.errors import ContractError
from infra.catalogue import REPOSITORY, CatalogueError
from infra.faults import SettingsError
from infra.kinds import parse_any
from infra.program import accepted, deploy
from infra.rendering.recorder import Made, Recorder, run_program
from infra.secret_needs import needs
from infra.secret_sources import NAMESPACE
from infra.stack_settings import KEY

FILE: Final = re.compile(r"Pulumi\.(?P<stack>[A-Za-z0-9_.-]+)\.yaml")
SEALED: Final = "sealed"
"""Stands in for a secret of the settings file: the key that opens it is not here."""


class RenderingError(Exception):
    """A stack that cannot be rendered; the message says why, one fault a line."""


@dataclass(frozen=True)
class Stack:
    """A stack and the file of its settings."""

    name: str
    file: Path


def stacks(directory: Path = REPOSITORY) -> list[Stack]:
    """Every stack with a settings file in ``directory``, by name."""
    found = ((FILE.fullmatch(path.name), path) for path in directory.glob("Pulumi.*.yaml"))
    return sorted((Stack(match["stack"], path) for match, path in found if match), key=lambda each: each.name)


def find_stack(given: str, directory: Path = REPOSITORY) -> Stack:
    """The stack called ``given``, or the one whose settings file ``given`` is the path of.

    Raises :class:`RenderingError` with the names there are.
    """
    known = stacks(directory)
    for each in known:
        if each.name == given:
            return each
    path = Path(given).expanduser()
    match = FILE.fullmatch(path.name)
    if match and path.is_file():
        return Stack(match["stack"], path.absolute())
    names = ", ".join(each.name for each in known)
    wanted = f"STACK = {given!r}" if given else "STACK is not given"
    raise RenderingError(f"{wanted}: name one of {names}, or the path of a file Pulumi.<stack>.yaml")


def resources(stack: Stack) -> list[Made]:
    """Every resource that the stack's program makes on an empty state, in no particular order.

    Its cluster is not asked and need not exist. Raises :class:`RenderingError` with the program's own sentences.
    """
    recorder = Recorder()
    with _configured(_configuration(stack), missing_secrets(stack)):
        try:
            found = accepted()
        except (SettingsError, CatalogueError, ContractError) as refusal:
            raise RenderingError(str(refusal)) from None
        run_program(recorder, lambda: deploy(found, pulumi_kubernetes.Provider("kubernetes", kubeconfig="{}")))
    return recorder.made


def missing_secrets(stack: Stack) -> list[str]:
    """Full keys of the secrets that the stack's settings need and its file lacks; none for settings that are refused.

    Secrets are set where the stack is run and are in no committed file, so here they are stood in for.
    """
    config = _configuration(stack)
    try:
        settings = parse_any(config.get(KEY))
    except SettingsError:
        return []
    return sorted({full for key, _ in needs(settings) if (full := f"{NAMESPACE}:{key}") not in config})


def _configuration(stack: Stack) -> Mapping[str, Any]:
    """The ``config`` of the stack's file, by full key."""
    try:
        document = yaml.safe_load(stack.file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RenderingError(f"{stack.file}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise RenderingError(f"{stack.file}: is not YAML: {' '.join(str(error).split())}") from None
    config = cast("dict[str, Any]", document).get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise RenderingError(f"{stack.file}: has no object config: see another stack's file for an example")
    return cast("dict[str, Any]", config)


@contextmanager
def _configured(config: Mapping[str, Any], missing: Sequence[str]) -> Generator[None]:
    """Pulumi's configuration while the program runs: objects as JSON, secrets as stand-ins, ``missing`` ones too."""
    secret = {*missing, *(key for key, value in config.items() if isinstance(value, dict) and "secure" in value)}
    plain = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    pulumi.runtime.set_all_config(plain | dict.fromkeys(secret, SEALED), sorted(secret))
    try:
        yield
    finally:
        pulumi.runtime.set_all_config({}, [])
