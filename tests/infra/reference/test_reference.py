"""The reference says what the models say, and the schemas accept what the models accept."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.central.settings import ObservatorySettings
from infra.reference.__main__ import main, pages
from infra.reference.docstrings import field_docstrings
from infra.reference.schemas import models_of, stack_schema
from infra.settings import Settings

REPOSITORY = Path(__file__).parents[3]
REFERENCE = REPOSITORY / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_reference_is_up_to_date(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages()[name], "run `make reference`"


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_every_committed_stack_is_valid_under_the_schema_for_editors(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]["mcp:settings"]
    jsonschema.Draft202012Validator(stack_schema()).validate(document)


def test_the_schema_refuses_what_is_no_setting() -> None:
    document = yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text(encoding="utf-8"))["config"]["mcp:settings"]
    with pytest.raises(jsonschema.ValidationError, match="protecton"):
        jsonschema.Draft202012Validator(stack_schema()).validate(document | {"protecton": "on"})


@pytest.mark.parametrize("model", [*models_of(Settings), ObservatorySettings], ids=lambda model: model.__name__)
def test_every_setting_says_what_it_means(model: type) -> None:
    assert set(model.model_fields) - set(field_docstrings(model)) == set()


def test_without_a_directory_the_command_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
