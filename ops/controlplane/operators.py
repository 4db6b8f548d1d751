"""The operators' CustomResourceDefinitions: out of their Go modules, or their repositories where there is no Go.

``operators.json`` names modules, versions and files with their checksums; the definitions themselves are not in
the tree. What was read once is kept in the cache as one JSON file. Descriptions are left out: they are
nine tenths of the text and mean nothing to the API server.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from ops.controlplane.api import Json
from ops.controlplane.crds import MODULE_ANNOTATION
from ops.controlplane.failure import ControlPlaneError
from ops.toolchain.cache import Report, cache_root, exclusive
from ops.toolchain.internet import Internet, OfflineError

CATALOGUE = Path(__file__).with_name("operators.json")
DOWNLOAD_SECONDS = 600.0


class Operator(BaseModel):
    """One operator: where its definitions are and what they must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    module: str
    version: str
    sum: str
    """Go's checksum of the module's contents (``h1:…``)."""
    repository: str
    tag: str
    prefix: str
    """Directory of the module in its repository, with a slash, or nothing."""
    files: dict[str, str]
    """Path in the module -> SHA-256."""


def operator_crds(report: Report = lambda _: None, catalogue: Path = CATALOGUE) -> list[Json]:
    """Return the definitions, from the cache where they are there.

    Raises:
        ControlPlaneError: they can be had neither from Go modules nor over HTTPS, or are not what was pinned.
    """
    text = catalogue.read_bytes()
    place = cache_root() / "crds"
    cached = place / f"{hashlib.sha256(text).hexdigest()[:16]}.json"
    with exclusive(place, report, "reading the operators' definitions"):
        try:
            return cast("list[Json]", json.loads(cached.read_text(encoding="utf-8")))
        except (OSError, json.JSONDecodeError):
            pass
        definitions = read_definitions(TypeAdapter(list[Operator]).validate_json(text), report)
        temporary = cached.with_suffix(".new")
        temporary.write_text(json.dumps(definitions), encoding="utf-8")
        temporary.replace(cached)
    return definitions


def read_definitions(operators: list[Operator], report: Report) -> list[Json]:
    """Read every operator's definitions and check them against their checksums."""
    directories = _module_directories(operators, report) if shutil.which("go") else {}
    internet = Internet()
    definitions: list[Json] = []
    for operator in operators:
        directory = directories.get(operator.module)
        read = _reader(operator, directory, internet)
        if directory is None:
            report(f"downloading the definitions of {operator.repository} {operator.version}")
        for path, checksum in operator.files.items():
            content = read(path)
            if hashlib.sha256(content).hexdigest() != checksum:
                raise ControlPlaneError(
                    f"{path} of {operator.module} {operator.version} is not what operators.json pins: "
                    "clear Go's module cache (`go clean -modcache`) and try again."
                )
            origin = f"{operator.module}@{operator.version}"
            definitions += [
                slim(document, origin)
                for document in yaml.load_all(content, Loader=_LOADER)
                if document and document["kind"] == "CustomResourceDefinition"
            ]
    return definitions


def _reader(operator: Operator, directory: Path | None, internet: Internet) -> Callable[[str], bytes]:
    def over_https(path: str) -> bytes:
        url = f"https://raw.githubusercontent.com/{operator.repository}/{operator.tag}/{operator.prefix}{path}"
        try:
            return internet.text(url).encode()
        except OfflineError as error:
            raise ControlPlaneError(
                f"The definitions of {operator.module} {operator.version} cannot be had ({error}): "
                "install Go or connect this machine to the internet."
            ) from error

    return over_https if directory is None else lambda path: (directory / path).read_bytes()


def _module_directories(operators: list[Operator], report: Report) -> dict[str, Path]:
    """Download the modules; those that cannot be had, or are not the pinned ones, are missing in the answer."""
    report(f"fetching the definitions of {len(operators)} operators from their Go modules")
    wanted = {f"{each.module}@{each.version}": each for each in operators}
    with tempfile.TemporaryDirectory() as outside_any_module:
        try:
            done = subprocess.run(
                ["go", "mod", "download", "-json", *wanted],
                cwd=outside_any_module,
                # The checksums are pinned here; the public checksum database does not know every proxy's modules.
                env={**os.environ, "GONOSUMDB": "*"},
                capture_output=True,
                text=True,
                check=False,
                timeout=DOWNLOAD_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return {}
    directories: dict[str, Path] = {}
    for each in _objects(done.stdout):
        operator = wanted.get(f"{each.get('Path')}@{each.get('Version')}")
        if operator is not None and each.get("Sum") == operator.sum and each.get("Dir"):
            directories[operator.module] = Path(each["Dir"])
    return directories


def _objects(text: str) -> list[Json]:
    decoder, found, position = json.JSONDecoder(), list[Json](), 0
    while (position := text.find("{", position)) >= 0:
        parsed, position = decoder.raw_decode(text, position)
        found.append(parsed)
    return found


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def slim(definition: Json, origin: str) -> Json:
    """A CustomResourceDefinition without descriptions, marked with the module that it is from."""
    annotations = {**definition["metadata"].get("annotations", {}), MODULE_ANNOTATION: origin}
    versions = [
        {**version, "schema": {"openAPIV3Schema": _undescribed(version["schema"]["openAPIV3Schema"])}}
        for version in definition["spec"]["versions"]
    ]
    return {
        "apiVersion": definition["apiVersion"],
        "kind": definition["kind"],
        "metadata": {**definition["metadata"], "annotations": annotations},
        "spec": {**definition["spec"], "versions": versions},
    }


def _undescribed(schema: Any, named: bool = False) -> Any:
    """Drop descriptions of schemas, but not a property that happens to be called ``description``."""
    if isinstance(schema, list):
        return [_undescribed(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    entries = cast("dict[str, Any]", schema)
    return {
        key: _undescribed(value, named=key in ("properties", "patternProperties") and not named)
        for key, value in entries.items()
        if named or key != "description" or not isinstance(value, str)
    }
