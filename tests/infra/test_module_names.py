"""Pulumi puts a program's own directory first on the path, so a module there must not carry another one's name."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("program", ["infra", "policy"])
def test_no_module_of_a_program_hides_another(program: str) -> None:
    ours = {path.stem for path in (REPOSITORY / program).iterdir() if not path.name.startswith("_")}
    others = sys.stdlib_module_names | set(packages_distributions())
    assert not ours & others
