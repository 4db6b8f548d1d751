"""Turn requests and roles for tests."""

from typing import Any
from uuid import UUID

from app.engine.durable.ports import RecordedTurn, StepRun
from contract.role import Role, digest, parse_role
from contract.turn import TurnRequest
from tests.agents.agents import ROLES

WORKFLOW = UUID("00000000-0000-4000-8000-000000000001")


def role_text(role_id: str) -> str:
    return (ROLES / f"{role_id}.yaml").read_text()


def role(role_id: str) -> Role:
    return parse_role(role_text(role_id), role_id)


def turn(role_id: str = "developer", **changes: Any) -> TurnRequest:
    given: dict[str, Any] = {
        "workflow": str(WORKFLOW),
        "step": "work",
        "attempt": 1,
        "iteration": 0,
        "number": 1,
        "role": role_id,
        "role_digest": digest(role_text(role_id)) if (ROLES / f"{role_id}.yaml").exists() else "none",
        "task": "Keep a register of books.",
        "inputs": {"workflow": {"brief": "A register of library books. Readers find a book."}},
        "max_output_tokens": 1000,
    }
    return TurnRequest.model_validate(given | changes)


def step_run(role_id: str = "developer", **changes: Any) -> StepRun:
    given: dict[str, Any] = {
        "workflow": WORKFLOW,
        "tenant": "default",
        "step": "work",
        "role": role_id,
        "attempt": 1,
        "iteration": 0,
        "task": "Keep a register of books.",
        "inputs": {"workflow": {"brief": "A register of library books."}},
        "feedback": None,
        "role_digest": None,
        "turns": (),
    }
    return StepRun(**(given | changes))


def developer_output(**changes: Any) -> dict[str, Any]:
    return {"summary": "done", "files": ["src/a.py"], "tests": ["tests/test_a.py"], "notes": []} | changes


def recorded(number: int, **response: Any) -> RecordedTurn:
    return RecordedTurn(number, {"provider": "offline", "model": "offline"} | response, [])
