"""The pack during updates: what is made for the first time and what is there already keep every policy."""

from collections.abc import Iterator

import pytest

from tests.stack.project import REPOSITORY, Project

pytestmark = pytest.mark.stack
PACK = ("--policy-pack", str(REPOSITORY / "policy"))


@pytest.fixture
def stack(project: Project) -> Iterator[str]:
    """Stack ``local``, and nothing left of it."""
    project.init("local")
    project.configure("local", project.settings("local"))
    yield "local"
    project.destroy("local")


def test_defaults_that_the_server_adds_break_no_policy_at_the_next_update(project: Project, stack: str) -> None:
    made = project.up(stack, *PACK)
    assert made.code == 0, made.output
    again = project.up(stack, *PACK)
    assert again.code == 0, again.output
