"""A platform is awake when its engine and every agent say so; until then people hear what is missing.

The client is the real one; a small server stands for the engine.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ops.controlplane.ports import free_ports
from ops.local import awake
from ops.local.awake import wait_awake
from ops.local.failure import LocalError
from tests.ops.local.answering import Answering, answering

READY: dict[str, Any] = {"ready": True, "checks": {"database": "ok"}}
LATE: dict[str, Any] = {"ready": False, "checks": {"database": "ok", "cache": "no answer", "schema": "too old"}}


def role(name: str, *, ready: bool | None = True) -> dict[str, Any]:
    """A role and its agent's health; None for no agent."""
    health = {"ready": ready, "detail": "", "checked_at": "2025-11-24T00:00:00Z"}
    texts = {"id": name, "title": name, "purpose": name, "digest": "0"}
    return texts | {"tools": [], "hand_offs": [], "agent": None if ready is None else health}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr(awake, "PAUSE", 0.001)


@pytest.fixture
def engine() -> Iterator[Answering]:
    """An engine that is ready, with two agents that are."""
    roles = {"items": [role("developer"), role("tester")]}
    with answering({"/ready": READY, "/api/v1/roles": roles}) as server:
        yield server


def waited(url: str, deadline: float = 30.0) -> list[str]:
    """Wait; what was said, each once."""
    said: list[str] = []
    wait_awake(url, "t0ken", said.append, deadline)
    return list(dict.fromkeys(said))


def test_a_platform_that_is_ready_is_not_waited_for(engine: Answering) -> None:
    assert waited(engine.url) == []
    assert [path for path, _ in engine.asked] == ["/ready", "/api/v1/roles"]


def test_until_everything_is_ready_what_is_missing_is_said(engine: Answering) -> None:
    engine.answers["/ready"] = [(503, LATE), READY]
    engine.answers["/api/v1/roles"] = [
        {"items": [role("developer", ready=False), role("tester", ready=None), role("analyst")]},
        {"items": [role("developer"), role("tester"), role("analyst")]},
    ]
    assert waited(engine.url) == [
        "waiting: engine, cache: no answer; engine, schema: too old",
        "waiting: agents developer, tester",
    ]


def test_an_engine_whose_database_sleeps_is_waited_for(engine: Answering) -> None:
    """It is ready and refuses all the same, or what stands before it does."""
    engine.answers["/api/v1/roles"] = [503, {"items": [role("developer")]}]
    (said,) = waited(engine.url)
    assert said.startswith("waiting: ")


def test_after_the_deadline_it_is_one_sentence_with_what_is_missing(engine: Answering) -> None:
    engine.answers["/api/v1/roles"] = {"items": [role("developer", ready=False)]}
    with pytest.raises(
        LocalError, match=r"^The platform is not ready after 0 s: agents developer; see `make status`\.$"
    ):
        waited(engine.url, 0.0)


def test_an_engine_that_does_not_answer_is_named_by_its_address_and_the_token_is_not_said() -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(LocalError, match=f"the engine at {url} does not answer") as late:
        waited(url, 0.0)
    assert "t0ken" not in str(late.value)
