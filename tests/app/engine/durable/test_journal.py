"""What a run records while it runs: turns once, drafts that become artifacts, audit lines, pins."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from app.database import Connection, Pool, transaction
from app.engine.durable import journal as journal_module
from app.engine.durable.ports import (
    CONSTRAINT_REFUSED,
    ArtifactWrite,
    Audit,
    Completed,
    Failed,
    Journal,
    LeaseLost,
    Requeue,
    StepOutcome,
    StepRun,
)
from contract.turn import Usage
from tests.app.engine.durable.harness import TENANT, Platform, Scripted, chain, running

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


async def _turn(
    journal: Journal, number: int, writes: Sequence[ArtifactWrite] = (), audits: Sequence[Audit] = (), pin: str = "d1"
) -> None:
    usage = Usage(input_tokens=1, output_tokens=2, upstream_calls=1)
    await journal.record_turn(number, {"text": f"turn {number}"}, [{"id": "c"}], writes, usage, audits, pin)


def _file(path: str, content: str) -> ArtifactWrite:
    return ArtifactWrite(path, "text/plain", content.encode())


async def test_recorded_turns_and_drafts_survive_a_retry_and_are_not_taken_again(platform: Platform) -> None:
    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        if run.attempt == 1:
            await _turn(journal, 1, [_file("a.txt", "draft")])
            return Failed("timeout", "Late.", retryable=True)
        assert [(turn.number, turn.response, turn.results) for turn in run.turns] == [
            (1, {"text": "turn 1"}, [{"id": "c"}])
        ]
        assert await journal.read_artifact("a.txt") == b"draft"
        await _turn(journal, 2)
        return Completed({})

    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(act)):
        assert await platform.finished(workflow) == ["completed"]
    assert await platform.admin.fetchval("select array_agg(attempt order by number) from turn") == [1, 2]


async def test_a_pinned_digest_lasts_for_its_attempt(platform: Platform) -> None:
    pins: list[tuple[int, str | None]] = []

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        pins.append((run.attempt, run.role_digest))
        await _turn(journal, len(pins), pin=f"d{run.attempt}")
        answers = {1: Requeue("capacity", 0), 2: Failed("timeout", "Late.", retryable=True)}
        return answers.get(len(pins), Completed({}))

    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(act)):
        await platform.finished(workflow)
    assert pins == [(1, None), (1, "d1"), (2, None)]
    assert (await platform.step(workflow, "s0"))["role_digest"] == "d2"


async def test_a_turn_is_recorded_once(platform: Platform) -> None:
    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        await _turn(journal, 1)
        with pytest.raises(ValueError, match="turn 1 of step s0 is already recorded"):
            await _turn(journal, 1)
        return Completed({})

    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(act)):
        assert await platform.finished(workflow) == ["completed"]
    assert [kind for kind, _ in await platform.events(workflow)].count("step.turn") == 1


async def test_a_turns_lost_answer_is_read_again(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[str] = []

    @asynccontextmanager
    async def losing(pool: Pool, deadline: float) -> AsyncIterator[Connection]:
        async with transaction(pool, deadline) as connection:
            yield connection
        if not lost:
            lost.append("after the commit")
            raise ConnectionResetError

    monkeypatch.setattr(journal_module, "transaction", losing)

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        await _turn(journal, 1, audits=[Audit("agent", "tool.called", "x", {})])
        return Completed({})

    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(act)):
        assert await platform.finished(workflow) == ["completed"]
    assert lost
    assert await platform.admin.fetchval("select count(*) from audit where action = 'tool.called'") == 1


async def test_a_run_that_lost_its_step_records_and_reads_nothing(platform: Platform) -> None:
    refused: list[str] = []
    over = asyncio.Event()

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        await platform.admin.execute("update step set fence = fence + 1")  # as another claim would
        for call in (_turn(journal, 1, [_file("a", "b")]), journal.list_artifacts(), journal.read_artifact("a")):
            try:
                await call
            except LeaseLost:
                refused.append("lost")
        over.set()
        raise LeaseLost(run.workflow, run.step, run.attempt)

    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(act)):
        await asyncio.wait_for(over.wait(), 10)
        await platform.store.cancel(tenant=TENANT, workflow_id=workflow, actor="tester")
    assert refused == ["lost"] * 3
    for table in ("turn", "artifact"):
        assert await platform.admin.fetchval(f"select count(*) from {table}") == 0  # noqa: S608


async def test_drafts_are_seen_by_their_step_alone_until_it_completes(platform: Platform) -> None:
    seen: dict[str, list[tuple[str, int, bytes | None]]] = {}

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        if run.step == "s0":
            await _turn(journal, 1, [_file("a.txt", "old"), _file("b.txt", "b")])
            await _turn(journal, 2, [_file("a.txt", "new")])
        if run.step == "s1":
            await _turn(journal, 1, [_file("a.txt", "mine")])
        committed = "select count(*) from artifact where committed and step_id = $1"
        assert await platform.admin.fetchval(committed, run.step) == 0
        found = await journal.list_artifacts()
        seen[run.step] = [(info.path, info.version, await journal.read_artifact(info.path)) for info in found]
        assert await journal.read_artifact("none") is None
        return Completed({})

    workflow = await platform.submit(chain(3))
    async with running(platform, Scripted(act)):
        assert await platform.finished(workflow) == ["completed"]
    assert seen == {
        "s0": [("a.txt", 0, b"new"), ("b.txt", 0, b"b")],
        "s1": [("a.txt", 0, b"mine"), ("b.txt", 1, b"b")],
        "s2": [("a.txt", 2, b"mine"), ("b.txt", 1, b"b")],
    }
    written = [step for kind, step in await platform.events(workflow) if kind == "artifact.written"]
    assert written == ["s0", "s0", "s1"]
    row = await platform.admin.fetchrow(
        "select size, encode(sha256, 'hex') as sha256 from artifact where path = 'b.txt'"
    )
    assert row is not None and (row["size"], row["sha256"][:8]) == (1, "3e23e816")


async def test_a_refusal_is_an_audit_line_and_an_event(platform: Platform) -> None:
    refusal = Audit("agent:developer", CONSTRAINT_REFUSED, "secrets.txt", {"rule": "artifacts.write"})

    async def act(run: StepRun, journal: Journal) -> StepOutcome:
        await _turn(journal, 1, audits=[refusal, Audit("agent:developer", "tool.called", "list", {})])
        return Completed({})

    workflow = await platform.submit(chain(1))
    async with running(platform, Scripted(act)):
        await platform.finished(workflow)
    rows = await platform.admin.fetch("select tenant, action, object from audit where actor like 'agent%' order by id")
    assert [tuple(row) for row in rows] == [
        (TENANT, CONSTRAINT_REFUSED, "secrets.txt"),
        (TENANT, "tool.called", "list"),
    ]
    assert [kind for kind, _ in await platform.events(workflow)].count(CONSTRAINT_REFUSED) == 1
