"""Resource options, tested where they are made, since mocks hide them."""

import pulumi
import pytest
from pulumi.runtime import mocks

from infra.options import Wait, after, child, guarded_child, timed_child, with_providers
from infra.rendering.recorder import run_program
from infra.sections.section import Switch


class Nothing(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, object]]:
        return args.name, {}

    def call(self, _args: mocks.MockCallArgs) -> dict[str, object]:
        return {}


@pytest.fixture
def pair() -> tuple[pulumi.Resource, pulumi.Resource]:
    made: list[pulumi.Resource] = []

    def program() -> None:
        made.extend(pulumi.ComponentResource("test:test:Thing", name) for name in ("parent", "earlier"))

    run_program(Nothing(), program)
    return made[0], made[1]


def test_a_child_belongs_to_its_component_and_comes_after_what_it_names(
    pair: tuple[pulumi.Resource, pulumi.Resource],
) -> None:
    parent, earlier = pair
    options = child(parent, earlier)
    assert options.parent is parent
    assert options.depends_on == [earlier]
    assert options.protect is None
    assert options.providers is None


def test_a_timed_child_gives_up_after_its_time(pair: tuple[pulumi.Resource, pulumi.Resource]) -> None:
    timeouts = timed_child(pair[0], Wait.ROLLOUT).custom_timeouts
    assert timeouts is not None
    assert (timeouts.create, timeouts.update) == ("5m", "5m")


@pytest.mark.parametrize(("switch", "protected"), [(Switch.ON, True), (Switch.OFF, False)])
def test_protection_follows_its_setting(
    pair: tuple[pulumi.Resource, pulumi.Resource], switch: Switch, protected: bool
) -> None:
    assert guarded_child(pair[0], switch, Wait.DATABASE).protect is protected


def test_a_component_waits_for_the_components_it_needs(pair: tuple[pulumi.Resource, pulumi.Resource]) -> None:
    parent, earlier = pair
    assert after(parent, earlier).depends_on == [earlier]


def test_the_root_takes_its_providers_and_no_parent() -> None:
    options = with_providers([])
    assert options.parent is None
    assert options.providers == []
