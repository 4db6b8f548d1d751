"""What the durable core's tests share: fast timings, scripted executors, cores that run or die, a look at rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from app.database import Pool, create_pool
from app.engine.durable.core import DurableCore, ReplicaSettings
from app.engine.durable.ports import Completed, Journal, StepExecutor, StepOutcome, StepRun
from app.engine.durable.store import Submitted, WorkflowStore
from app.engine.durable.timings import Timings
from contract.workflow import WorkflowTemplate
from tests.servers.postgres import Database

FAST = Timings(
    heartbeat=0.1,
    lease=0.6,
    call=0.5,
    poll=0.1,
    coalesce=0.005,
    pause=0.02,
    retry_base=0.01,
    retry_cap=0.05,
    drain=0.5,
)
DEADLINE = 20.0
TENANT = "default"


def template(*steps: Mapping[str, Any], name: str = "flow") -> WorkflowTemplate:
    """A template; role and task of a step may be left out."""
    whole = [{"role": "developer", "task": "Work.", **step} for step in steps]
    return WorkflowTemplate.model_validate({"name": name, "steps": whole})


def chain(length: int = 4) -> WorkflowTemplate:
    """Steps ``s0`` to ``sN``, one after the other."""
    return template(*({"id": f"s{n}", "needs": [f"s{n - 1}"] if n else []} for n in range(length)))


@dataclass
class Scripted:
    """An executor that calls ``act`` for each run, and remembers the runs."""

    act: Callable[[StepRun, Journal], Awaitable[StepOutcome]] | None = None
    runs: list[StepRun] = field(default_factory=list)
    inside: int = 0
    most_inside: int = 0

    async def run(self, run: StepRun, journal: Journal) -> StepOutcome:
        self.runs.append(run)
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            if self.act is None:
                return Completed({"step": run.step})
            return await self.act(run, journal)
        finally:
            self.inside -= 1


@dataclass
class Platform:
    """A database with pools of the logins, and what tests do to it."""

    database: Database
    api: Pool
    admin: Pool

    async def submit(
        self, made: WorkflowTemplate, *, tenant: str = TENANT, priority: int = 0, key: str = "", **document: Any
    ) -> UUID:
        """Submit; returns the workflow's id."""
        return (await self.submitted(made, tenant=tenant, priority=priority, key=key, **document)).workflow.id

    async def submitted(
        self, made: WorkflowTemplate, *, tenant: str = TENANT, priority: int = 0, key: str = "", **document: Any
    ) -> Submitted:
        await self.admin.execute("insert into tenant (id) values ($1) on conflict do nothing", tenant)
        return await self.store.submit(
            template=made,
            tenant=tenant,
            workflow_input=document,
            title="A test",
            priority=priority,
            key=key or str(uuid4()),
            body_hash=repr(sorted(document.items())).encode(),
            actor="tester",
        )

    @property
    def store(self) -> WorkflowStore:
        """Without a core to wake: cores find out by polling."""
        return WorkflowStore(self.api, wake=lambda: None)

    async def until(self, query: str, *arguments: object, expected: object = True) -> None:
        """Until the query's value is ``expected``."""
        seen: object = None
        try:
            async with asyncio.timeout(DEADLINE):
                while (seen := await self.admin.fetchval(query, *arguments)) != expected:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{query} stayed {seen!r}, not {expected!r}") from None

    async def finished(self, *workflows: UUID) -> list[str]:
        """Statuses of workflows once all have ended."""
        await self.until(
            "select count(finished_at) from workflow where id = any($1)", workflows, expected=len(workflows)
        )
        rows = await self.admin.fetch("select id, status from workflow where id = any($1)", workflows)
        status = {row["id"]: row["status"] for row in rows}
        return [status[workflow] for workflow in workflows]

    async def step(self, workflow: UUID, step: str) -> asyncpg.Record:
        """The row of one step."""
        row = await self.admin.fetchrow("select * from step where workflow_id = $1 and id = $2", workflow, step)
        assert row is not None
        return row

    async def events(self, workflow: UUID) -> list[tuple[str, str | None]]:
        """Type and step of each event; fails where the sequence has a gap."""
        rows = await self.admin.fetch(
            "select seq, type, step_id from event where workflow_id = $1 order by seq", workflow
        )
        seq = await self.admin.fetchval("select seq from workflow where id = $1", workflow)
        assert [row["seq"] for row in rows] == list(range(1, seq + 1))
        return [(row["type"], row["step_id"]) for row in rows]


@asynccontextmanager
async def platform_of(database: Database) -> AsyncIterator[Platform]:
    """Pools to ``database`` by login."""
    api = await create_pool(database.api_url, low=1, high=4)
    admin = await create_pool(database.admin_url, low=1, high=4)
    try:
        yield Platform(database, api, admin)
    finally:
        await ended(api)
        await ended(admin)


async def ended(pool: Pool) -> None:
    """Terminate a pool, and let its sockets close."""
    pool.terminate()
    for _ in range(3):
        await asyncio.sleep(0)


class Replica:
    """A core in this process that can be stopped in order, or killed."""

    def __init__(self, core: DurableCore, pool: Pool) -> None:
        self.core = core
        self.pool = pool
        self.task = asyncio.create_task(core.run())

    async def stop(self) -> None:
        """Drain, and fail where it does not end in time or ended badly."""
        self.core.stop()
        async with asyncio.timeout(DEADLINE):
            await self.task
            await self.pool.close()

    async def kill(self) -> None:
        """Cut its connections and cancel it: nothing more is written."""
        self.pool.terminate()
        self.task.cancel()
        await asyncio.wait([self.task], timeout=DEADLINE)
        await ended(self.pool)


async def started(
    platform: Platform,
    executor: StepExecutor,
    *,
    workflows: int = 100,
    roles: Mapping[str, int] | None = None,
    slots: int = 100,
    per_tenant: int | None = None,
    timings: Timings = FAST,
) -> Replica:
    """Start a replica under login ``worker``. ``roles`` is looked at before each claim."""
    pool = await create_pool(platform.database.worker_url, low=1, high=6)
    limits = {"developer": 100} if roles is None else roles
    settings = ReplicaSettings(workflows, lambda: limits, slots, per_tenant, timings)
    return Replica(DurableCore(pool, executor, settings, jitter=lambda: 0.0), pool)


@asynccontextmanager
async def running(platform: Platform, executor: StepExecutor, **options: Any) -> AsyncIterator[Replica]:
    """A replica for the block, drained at its end."""
    replica = await started(platform, executor, **options)
    try:
        yield replica
        await replica.stop()
    finally:
        await replica.kill()
