"""An image's bill of materials: CycloneDX 1.5, every Debian and Python package in it, the same for the same image."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from email.parser import HeaderParser
from typing import Any, Final
from urllib.parse import quote

from ops.image.entries import Entry

STATUS: Final = "var/lib/dpkg/status"
METADATA: Final = re.compile(r"(.*/)?[^/]+\.dist-info/METADATA$")
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/schema/bom/1.5")
LONGEST_LICENSE: Final = 80
"""Characters; a longer entry is the licence's text and not its name."""


def bill_of_materials(name: str, version: str, tree: Mapping[str, Entry]) -> bytes:
    """JSON of what is in the tree of an image.

    Args:
        name: the image's name without its tag.
        version: its version.
        tree: what is in the image, at least package lists, copyright files and metadata.
    """
    components = sorted((*debian_packages(tree), *python_packages(tree)), key=lambda each: str(each["bom-ref"]))
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": name, "name": name, "version": version}},
        "components": components,
    }
    identity = uuid.uuid5(NAMESPACE, json.dumps(document, sort_keys=True))
    return json.dumps(document | {"serialNumber": f"urn:uuid:{identity}"}, sort_keys=True, indent=1).encode() + b"\n"


def debian_packages(tree: Mapping[str, Entry]) -> Iterator[dict[str, Any]]:
    """A component for every installed Debian package."""
    for paragraph in _text(tree, STATUS).split("\n\n"):
        fields = HeaderParser().parsestr(paragraph)
        if fields.get("Status") != "install ok installed":
            continue
        name, version, machine = fields["Package"], fields["Version"], fields["Architecture"]
        source = fields.get("Source", name).partition(" ")[0]
        identity = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch={machine}"
        licenses = _debian_licenses(_text(tree, f"usr/share/doc/{name}/copyright"))
        yield _component(name, version, identity, [{"license": {"name": each}} for each in licenses]) | {
            "properties": [{"name": "debian:source", "value": source}]
        }


def python_packages(tree: Mapping[str, Entry]) -> Iterator[dict[str, Any]]:
    """A component for every installed Python package."""
    for path in tree:
        if METADATA.match(path):
            fields = HeaderParser().parsestr(_text(tree, path))
            name, version = fields["Name"], fields["Version"]
            identity = f"pkg:pypi/{quote(re.sub(r'[-_.]+', '-', name).lower())}@{quote(version, safe='')}"
            yield _component(name, version, identity, _python_licenses(fields.items()))


def _component(name: str, version: str, identity: str, licenses: list[dict[str, Any]]) -> dict[str, Any]:
    known = {"licenses": licenses} if licenses else {}
    return {"type": "library", "bom-ref": identity, "name": name, "version": version, "purl": identity} | known


def _debian_licenses(copyright_file: str) -> list[str]:
    """Names in a machine-readable copyright file; other ones are prose."""
    if not copyright_file.startswith("Format:"):
        return []
    names = re.findall(r"^License:[ \t]*(\S.*)$", copyright_file, re.MULTILINE)
    return sorted({str(name).strip() for name in names})


def _python_licenses(fields: list[tuple[str, str]]) -> list[dict[str, Any]]:
    expressions = [value for name, value in fields if name == "License-Expression"]
    if expressions:
        return [{"expression": expressions[0]}]
    given = [value for name, value in fields if name == "License" and len(value) <= LONGEST_LICENSE]
    classified = [value for name, value in fields if name == "Classifier" and value.startswith("License ::")]
    names = given or [value.rpartition(" :: ")[2] for value in classified]
    return [{"license": {"name": name}} for name in sorted(set(names)) if name.strip()]


def _text(tree: Mapping[str, Entry], path: str) -> str:
    entry = tree.get(path)
    if entry is None or entry.content is None:
        return ""
    return entry.content.read().decode("utf-8", "replace")
