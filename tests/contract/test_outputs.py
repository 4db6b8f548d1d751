"""Outputs that a reader may trust: its own version, whole, and open to keys of later releases."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contract.errors import ContractError
from contract.outputs import VERSION, RegionOutputs, parse_outputs
from infra.catalogue import read_catalogue
from infra.outputs import region_outputs
from infra.settings import parse
from tests.infra.conftest import document_of

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/outputs.schema.json").read_text(encoding="utf-8"))


def exported(stack: str, **changes: Any) -> dict[str, Any]:
    """Outputs as `pulumi stack output --json` prints them."""
    settings = parse(document_of(stack) | changes)
    outputs = region_outputs(settings, read_catalogue("roles"), "database-migration-0123456789")
    return json.loads(json.dumps(outputs.model_dump(mode="json")))


@pytest.mark.parametrize("stack", ["local", "prod", "eu-west", "onprem"])
def test_every_stacks_outputs_keep_the_schema_and_come_back_as_they_went(stack: str) -> None:
    document = exported(stack)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert parse_outputs(document, stack).model_dump(mode="json") == document


def test_a_reader_ignores_what_a_later_release_adds() -> None:
    document = exported("prod") | {"console": "https://console.mcp-platform.com"}
    assert isinstance(parse_outputs(document, "prod"), RegionOutputs)


@pytest.mark.parametrize("version", [VERSION + 1, None, "1"])
def test_another_version_is_refused_in_a_sentence(version: object) -> None:
    document = exported("prod") | {"contract_version": version}
    with pytest.raises(ContractError, match=r"outputs of stack prod: contract_version is .*: bring stack and command"):
        parse_outputs(document, "prod")


def test_a_missing_key_is_named() -> None:
    document = copy.deepcopy(exported("prod"))
    del document["database"]["cluster"]
    with pytest.raises(ContractError, match=r"outputs of stack prod: database\.cluster: Field required"):
        parse_outputs(document, "prod")


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ContractError):
        parse_outputs([], "prod")


def test_what_is_off_has_no_address() -> None:
    off = {name: {"enabled": "off"} for name in ("monitoring", "logging", "backup")}
    document = exported("prod", **off)
    assert (document["monitoring"], document["logging"], document["backup"]) == (None, None, None)
    assert set(document["urls"]) == {"api", "websocket"}
    assert set(document["secrets"]) == {"api_token", "database_owner"}


def test_no_output_is_a_secret_and_each_says_where_one_is() -> None:
    for reference in exported("prod")["secrets"].values():
        assert set(reference) == {"namespace", "name", "key"}
