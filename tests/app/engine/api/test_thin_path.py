"""Submit, run on the durable core, read, watch: the whole path but for the agents, who are scripted."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from app.engine.core import core_around
from app.engine.durable.ports import ArtifactWrite, Completed
from contract.turn import Usage
from tests.app.engine.api.harness import DEADLINE, running, settings_for
from tests.app.engine.api.test_event_streams import opened, received

pytestmark = pytest.mark.anyio
ROLES = ("business_analyst", "technical_architect", "developer", "qa_tester")


class Scripted:
    """Every step takes one turn, writes one artifact and completes; a review approves."""

    async def run(self, run, journal):
        write = ArtifactWrite(f"docs/{run.step}.md", "text/markdown", run.task.encode())
        response = {"output": {"verdict": "approved"}}
        await journal.record_turn(1, response, [], [write], Usage(), [], "digest")
        return Completed({"verdict": "approved"})


@asynccontextmanager
async def scripted(foundation):
    """A real core around :class:`Scripted`."""
    yield core_around(foundation, Scripted(), lambda: dict.fromkeys(ROLES, 4))


async def test_a_submitted_workflow_runs_to_its_end_and_tells_every_event(database):
    async with running(settings_for(database), scripted) as engine, engine.http() as http:
        body = {"template": "software-delivery", "input": {"brief": "a clock"}}
        answer = await http.post("/api/v1/workflows", json=body, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert answer.headers["location"] == f"/api/v1/workflows/{made['id']}"
        async with opened(engine, made["id"]) as connection:
            seqs, code, _ = await received(connection)
        assert (seqs, code) == (list(range(1, len(seqs) + 1)), 1000)
        base = f"/api/v1/workflows/{made['id']}"
        found = (await http.get(base)).json()
        assert (found["status"], found["steps"]) == ("completed", {"completed": 4})
        steps = (await http.get(f"{base}/steps")).json()["items"]
        assert [step["id"] for step in steps] == ["requirements", "architecture", "implementation", "quality-review"]
        assert "a clock" in steps[0]["task"]
        assert b"a clock" in (await http.get(f"{base}/artifacts/docs/requirements.md")).content
        types = [event["type"] for event in (await http.get(f"{base}/events?limit=200")).json()["items"]]
        assert (types[0], types[-1], types.count("step.completed")) == ("workflow.queued", "workflow.completed", 4)
        assert (await http.post(f"{base}/cancel")).json()["code"] == "already_finished"


async def test_an_idempotency_key_starts_one_workflow(database):
    async with running(settings_for(database), scripted) as engine, engine.http() as http:
        body = {"template": "software-delivery", "input": {"brief": "a clock"}}
        key = {"Idempotency-Key": "one"}
        first = await http.post("/api/v1/workflows", json=body, headers=key)
        spaced = json.dumps({"input": body["input"], "template": body["template"]}, indent=4)
        again = await http.post(
            "/api/v1/workflows", content=spaced, headers={**key, "Content-Type": "application/json"}
        )
        assert (again.status_code, again.json()) == (201, first.json())
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        other = await http.post("/api/v1/workflows", json={**body, "title": "other"}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        crowd = await asyncio.gather(
            *(http.post("/api/v1/workflows", json=body, headers={"Idempotency-Key": "crowd"}) for _ in range(8))
        )
        codes = {answer.status_code for answer in crowd}
        assert codes <= {201, 409}
        assert {answer.json()["code"] for answer in crowd if answer.status_code == 409} <= {"idempotency_in_progress"}
        assert len({answer.json()["id"] for answer in crowd if answer.status_code == 201}) == 1
        summary = (await http.get("/api/v1/summary")).json()["workflows"]
        assert sum(summary.values()) == 2


async def test_a_cancelled_workflow_stays_cancelled(database):
    @asynccontextmanager
    async def nobody(foundation):
        yield core_around(foundation, Scripted(), dict)

    async with asyncio.timeout(DEADLINE), running(settings_for(database), nobody) as engine, engine.http() as http:
        body = {"template": "software-delivery", "input": {"brief": "a clock"}}
        made = (await http.post("/api/v1/workflows", json=body, headers={"Idempotency-Key": "k"})).json()
        for _ in range(2):
            answer = await http.post(f"/api/v1/workflows/{made['id']}/cancel")
            assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
