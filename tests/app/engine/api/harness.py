"""A real engine on real sockets and a real database, in this process; its core is a stand-in unless one is given."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.engine.api.authentication import fingerprint
from app.engine.api.bootstrap import BootstrapToken
from app.engine.api.context import Accepted
from app.engine.api.problem import ApiError
from app.engine.service import Addresses, Foundation, MakeCore, serve
from app.engine.settings import EngineSettings
from contract.api import ErrorCode, Workflow
from tests.servers.postgres import Database

ROOT = Path(__file__).parents[4]
TOKEN = "bootstrap-token-of-the-tests"
DEADLINE = 20.0


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    addresses: Addresses
    settings: EngineSettings
    stop: asyncio.Event
    task: "asyncio.Task[None]"

    @property
    def url(self) -> str:
        """HTTP address."""
        return f"http://127.0.0.1:{self.addresses.http_port}"

    @property
    def ws_url(self) -> str:
        """WebSocket address."""
        return f"ws://127.0.0.1:{self.addresses.websocket_port}"

    def http(self, token: str | None = TOKEN, **options: Any) -> httpx.AsyncClient:
        """A client with ``token``."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=DEADLINE, trust_env=False, **options)


class IdleCore:
    """Executes nothing; a workflow it accepts stays queued."""

    def __init__(self, foundation: Foundation) -> None:
        self.said = "ok"
        self._stopped = asyncio.Event()
        self._pool = foundation.worker_pool

    async def run(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()

    def health(self) -> str:
        return self.said

    def replica(self) -> UUID | None:
        return None

    async def submit(self, *, template: Any, tenant: str, title: str, **_: Any) -> Accepted:
        workflow_id = await insert_workflow(self._pool, tenant, title=title, template=template.name)
        row = await self._pool.fetchrow("select * from workflow where id = $1", workflow_id)
        return Accepted(Workflow.model_validate(dict(row)), replayed=False)

    async def cancel(self, *, tenant: str, workflow_id: UUID, actor: str) -> None:
        raise ApiError(ErrorCode.INTERNAL, f"the stand-in cancels nothing: {tenant} {workflow_id} {actor}")


def settings_for(database: Database, **changes: Any) -> EngineSettings:
    """Settings of a test engine: ports of the system's choice, the project's own roles, no rate limit."""
    plain = EngineSettings(
        environment="test",
        region="local",
        log_level="INFO",
        bind_host="127.0.0.1",
        http_port=0,
        websocket_port=0,
        database_api_url=lambda: database.api_url,
        database_worker_url=lambda: database.worker_url,
        redis_url=lambda: "redis://127.0.0.1:1/0",
        signing_key=Ed25519PrivateKey.generate,
        bootstrap_tokens=lambda: (BootstrapToken(1, TOKEN),),
        agent_endpoints_file=Path(__file__).with_name("no_agents.json"),
        roles_dir=ROOT / "roles",
        workflows_dir=ROOT / "roles" / "workflows",
        max_concurrent_workflows=10,
        agent_timeout=5,
        rate_limiting=False,
        monitoring=True,
        api_key_rate=50,
        api_key_burst=100,
        allowed_origins=frozenset({"https://console.example.com"}),
    )
    return replace(plain, **changes)


@asynccontextmanager
async def running(settings: EngineSettings, make_core: MakeCore | None = None) -> AsyncGenerator[Engine]:
    """An engine that is ready; drained at the end, within a deadline."""
    stop = asyncio.Event()
    listening: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(serve(settings, make_core or idle, stop, listening.set_result))
        engine = Engine(await listening, settings, stop, task)
        await until_ready(engine)
        try:
            yield engine
        finally:
            stop.set()


@asynccontextmanager
async def idle(foundation: Foundation) -> AsyncGenerator[IdleCore]:
    """Makes an :class:`IdleCore`."""
    yield IdleCore(foundation)


async def until_ready(engine: Engine) -> None:
    """Return once ``/ready`` says so."""
    async with asyncio.timeout(DEADLINE), engine.http(None) as client:
        while (await client.get("/ready")).status_code != 200:  # noqa: ASYNC110 - another side's state
            await asyncio.sleep(0.02)


@asynccontextmanager
async def worker(database: Database) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of login ``worker``, which sees every tenant."""
    connection = await asyncpg.connect(database.worker_url)
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    try:
        yield connection
    finally:
        await connection.close()


async def insert_key(connection: Any, tenant: str, token: str, *scopes: str, expires: str | None = None) -> UUID:
    """An API key of ``tenant``."""
    await connection.execute("insert into tenant (id) values ($1) on conflict do nothing", tenant)
    key: UUID = await connection.fetchval(
        "insert into api_key (tenant, name, hash, scopes, expires_at)"
        " values ($1, 'test', $2, $3, now() + $4::text::interval) returning id",
        tenant,
        fingerprint(token),
        list(scopes),
        expires,
    )
    return key


async def insert_workflow(connection: Any, tenant: str = "default", **values: Any) -> UUID:
    """A workflow without steps, of whatever status."""
    row = {"id": uuid4(), "tenant": tenant, "template": "t", "title": "", "graph": {"steps": []}, "input": {}, **values}
    row.setdefault("open_steps", 1)
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute("insert into tenant (id) values ($1) on conflict do nothing", tenant)
    await connection.execute(f"insert into workflow ({names}) values ({places})", *row.values())  # noqa: S608
    return row["id"]


async def emit(connection: Any, workflow_id: UUID, kind: str = "step.turn", count: int = 1, **data: Any) -> None:
    """Events under the workflow's lock, as the core writes them; ``workflow.completed`` also finishes it."""
    async with connection.transaction():
        tenant, seq = await connection.fetchrow(
            "update workflow set seq = seq + $2 where id = $1 returning tenant, seq - $2", workflow_id, count
        )
        rows = [(workflow_id, seq + number, tenant, kind, data) for number in range(1, count + 1)]
        await connection.executemany(
            "insert into event (workflow_id, seq, tenant, type, data) values ($1, $2, $3, $4, $5)", rows
        )
        if kind in ("workflow.completed", "workflow.failed"):
            await connection.execute(
                "update workflow set status = $2, finished_at = now() where id = $1",
                workflow_id,
                kind.partition(".")[2],
            )
