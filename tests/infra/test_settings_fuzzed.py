"""Whatever stands in a stack file, it is accepted or refused in sentences that name the key; nothing else happens."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.faults import SettingsError
from infra.kinds import parse_any
from infra.stack_settings import KEY, StackSettings
from tests.infra.conftest import document_of

STACKS = ("local", "prod", "eu-west", "onprem", "monitoring")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(
        ["on", "off", "1Gi", "0", "-1", "us-east-1", "eu-west-1", "https://a", "a@sha256:", "$KUBECONFIG", ""]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)


def paths(document: Any, here: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Path of every key."""
    found: list[tuple[str, ...]] = []
    for key, value in document.items():
        found.append((*here, key))
        if isinstance(value, dict):
            found += paths(value, (*here, key))
    return found


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A committed stack's settings with up to four keys removed, misspelt, added or set to anything."""
    document = copy.deepcopy(document_of(draw(st.sampled_from(STACKS))))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(paths(document) or [("region",)]))
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        match draw(st.sampled_from(["remove", "misspell", "add", "set"])):
            case "remove":
                place.pop(path[-1], None)
            case "misspell":
                place[path[-1] + draw(st.sampled_from(["s", "x", "_"]))] = place.pop(path[-1], None)
            case "add":
                place[draw(st.text(max_size=12))] = draw(VALUES)
            case _:
                place[path[-1]] = draw(VALUES)
    return document


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_a_damaged_stack_file_is_accepted_or_refused_in_sentences(document: dict[str, Any]) -> None:
    try:
        assert isinstance(parse_any(document), StackSettings)
    except SettingsError as refusal:
        assert refusal.faults
        for fault in refusal.faults:
            assert fault.key.startswith(KEY)
            sentence = str(fault)
            assert ": " in sentence
            assert len(sentence) < 2000


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_anything_in_place_of_the_settings_is_refused_in_sentences(document: object) -> None:
    try:
        parse_any(document)
    except SettingsError as refusal:
        assert all(fault.key.startswith(KEY) for fault in refusal.faults)
    else:
        raise AssertionError("nothing random is a region")
