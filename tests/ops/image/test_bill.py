"""The bill of materials: CycloneDX that names every package of either kind, the same for the same image."""

import json
import re
from typing import Any

import pytest

from ops.image.base import Tree
from ops.image.bill import bill_of_materials
from ops.image.entries import arranged, file

STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.36-9)
Version: 2.36-9+deb12u14
Description: GNU C Library
 long: words

Package: perl
Status: deinstall ok config-files
Architecture: amd64
Version: 5.36

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2-1
"""
COPYRIGHT = (
    b"Format: x\n\nFiles: *\nLicense: LGPL-2.1+\n text\n\nFiles: a\nLicense: BSD-3-Clause\n\nLicense: LGPL-2.1+\n t\n"
)
TREE: Tree = arranged(
    [
        file("var/lib/dpkg/status", STATUS),
        file("usr/share/doc/libc6/copyright", COPYRIGHT),
        file("usr/share/doc/bash/copyright", b"This is prose."),
        file(
            "opt/x/PyYAML-6.dist-info/METADATA",
            b"Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\nLicense: MIT\n\nMIT",
        ),
        file("opt/x/click.dist-info/METADATA", b"Name: click\nVersion: 8\nLicense-Expression: BSD-3-Clause\n"),
    ]
)


def required(document: dict[str, Any]) -> None:
    """What CycloneDX 1.5 demands of what is used here."""
    assert document["bomFormat"] == "CycloneDX"
    assert document["specVersion"] == "1.5"
    assert isinstance(document["version"], int)
    assert document["version"] >= 1
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", document["serialNumber"])
    components = [document["metadata"]["component"], *document["components"]]
    references = [component["bom-ref"] for component in components]
    assert len(references) == len(set(references))
    for component in components:
        assert component["type"] in {"container", "library"}
        assert component["name"]
        assert component["version"]
        for choice in component.get("licenses", []):
            assert choice.keys() in ({"expression"}, {"license"})
            if "expression" in choice:
                assert len(component["licenses"]) == 1
    for component in document["components"]:
        assert re.fullmatch(r"pkg:(deb/debian|pypi)/[^@\s]+@[^\s@]+", component["purl"])


def test_it_has_what_cyclonedx_requires_and_every_installed_package() -> None:
    document = json.loads(bill_of_materials("mcp-platform/platform", "0.1.0", TREE))
    required(document)
    assert {component["purl"]: component.get("licenses") for component in document["components"]} == {
        "pkg:deb/debian/bash@5.2-1?arch=amd64": None,
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64": [
            {"license": {"name": "BSD-3-Clause"}},
            {"license": {"name": "LGPL-2.1+"}},
        ],
        "pkg:pypi/click@8": [{"expression": "BSD-3-Clause"}],
        "pkg:pypi/pyyaml@6.0": [{"license": {"name": "MIT"}}],
    }


def test_the_same_tree_is_the_same_bill_and_says_no_time() -> None:
    bill = bill_of_materials("x", "1", TREE)
    assert bill == bill_of_materials("x", "1", dict(reversed(TREE.items())))
    assert b"timestamp" not in bill


def test_the_image_embeds_one_that_names_both_kinds(platform_tree: Tree) -> None:
    content = platform_tree["usr/share/sbom/platform.cdx.json"].content
    assert content is not None
    document = json.loads(content.read())
    required(document)
    names = {component["name"] for component in document["components"]}
    assert {"libc6", "python3", "postgresql-client-15", "fastapi", "asyncpg"} <= names
    assert not [name for name in names if name.startswith(("pulumi", "grpcio", "pytest"))]


@pytest.mark.parametrize("kind", ["deb/debian", "pypi"])
def test_a_tree_without_packages_has_none(kind: str) -> None:
    assert f"pkg:{kind}" not in bill_of_materials("x", "1", {}).decode()
