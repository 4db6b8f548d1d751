"""The stand-in for the controller's code says what that code said.

The controller's own code wrote the files for what ``compared.json`` gives, and was compared directive by directive; the
digests of its directives are kept, its text is not. Other objects are checked for annotations and entries that were
never compared.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra import charts
from tests.ingress.directives import directives
from tests.ingress.given import SCENARIOS, Given, given, prod
from tests.ingress.rendering.render import render

COMPARED: dict[str, Any] = json.loads(Path(__file__).with_name("compared.json").read_text(encoding="utf-8"))


def test_every_source_of_client_addresses_was_compared() -> None:
    assert set(COMPARED["scenarios"]) == set(SCENARIOS)


def test_what_was_compared_is_what_the_chart_runs() -> None:
    assert (COMPARED["controller"], COMPARED["chart"]) == ("v5.5.4", charts.NGINX_INGRESS.version)


@pytest.mark.parametrize("scenario", sorted(COMPARED["scenarios"]))
def test_every_file_has_the_controllers_directives(scenario: str) -> None:
    compared = COMPARED["scenarios"][scenario]
    files = render(Given.read(compared["given"]))
    digests = {name: hashlib.sha256(json.dumps(directives(text)).encode()).hexdigest() for name, text in files.items()}
    assert digests == compared["digests"]


def test_an_annotation_that_was_never_compared_is_refused() -> None:
    own = given(prod({}), "192.0.2.1:8000", "192.0.2.1:8001", replicas=1)
    first = own.ingresses[0]
    first["metadata"]["annotations"]["nginx.org/lb-method"] = "ip_hash"
    with pytest.raises(NotImplementedError, match="lb-method"):
        render(own)


def test_an_entry_that_was_never_compared_is_refused() -> None:
    own = given(prod({}), "192.0.2.1:8000", "192.0.2.1:8001", replicas=1)
    with pytest.raises(NotImplementedError, match="http2"):
        render(replace(own, entries=own.entries | {"http2": "true"}))
