"""Workflows of the tests, through the engine's API."""

import uuid
from typing import Any

import httpx

from tests.node.waiting import until

BODY: dict[str, Any] = {"template": "software-delivery", "input": {"brief": "A clock that shows three cities."}}


def submit(engine: httpx.Client, body: dict[str, Any] = BODY, key: str | None = None) -> str:
    """Submit one; its id."""
    answer = engine.post("/api/v1/workflows", json=body, headers={"Idempotency-Key": key or uuid.uuid4().hex})
    assert answer.status_code in (200, 201, 202), answer.text
    return str(answer.json()["id"])


def events(engine: httpx.Client, workflow: str) -> list[dict[str, Any]]:
    """All its events so far."""
    answer = engine.get(f"/api/v1/workflows/{workflow}/events", params={"limit": 200})
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def wait_for_turn(engine: httpx.Client, workflow: str, step: str | None = None) -> None:
    """Wait until a turn is recorded, of ``step`` where it is given."""
    until(
        lambda: any(
            each["type"] == "step.turn" and step in (None, each["step_id"]) for each in events(engine, workflow)
        ),
        60,
        f"a turn of {step or 'any step'}",
        pause=0.05,
    )


def status(engine: httpx.Client, workflow: str) -> str:
    """Its status; ``unknown`` while the engine does not answer."""
    try:
        answer = engine.get(f"/api/v1/workflows/{workflow}")
    except httpx.TransportError:
        return "unknown"
    return str(answer.json()["status"]) if answer.status_code == 200 else "unknown"


def wait_completed(engine: httpx.Client, workflow: str, seconds: float = 120) -> None:
    """Wait for its end, which must be a good one, with every turn recorded once and no gap in its events."""
    until(lambda: status(engine, workflow) not in ("queued", "running", "unknown"), seconds, "the workflow's end")
    found = events(engine, workflow)
    assert status(engine, workflow) == "completed", found[-5:]
    assert [each["seq"] for each in found] == list(range(1, len(found) + 1))
    turns = [
        (each["step_id"], each["data"].get("iteration"), each["data"].get("number"))
        for each in found
        if each["type"] == "step.turn"
    ]
    assert len(turns) == len(set(turns)), "a recorded turn was paid for twice"
