"""The engine as one task group: database pools, durable core, event feed, and one server on two ports."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

import asyncpg
import httpx

from app.database import LOST, create_pool
from app.engine.agents import AgentProbes
from app.engine.api import bootstrap, http
from app.engine.api.context import ApiContext, Commands
from app.engine.api.edge import Edge
from app.engine.api.feed import EventFeed
from app.engine.api.gate import Gate
from app.engine.api.ratelimit import Limiter, SharedLimiter, Unlimited, connect
from app.engine.api.sockets import listen, server
from app.engine.api.stream import Sources
from app.engine.api.websocket import EventStreams
from app.engine.catalogue import Catalogue
from app.engine.census import Census
from app.engine.metrics import EngineMetrics
from app.engine.readiness import OK, Readiness
from app.engine.settings import POOL_CONNECTIONS, EngineSettings
from app.engine.turns.endpoints import EndpointsFile
from contract import environment as names
from contract.names import DatabaseLogin

if TYPE_CHECKING:
    from app.database import Pool

LOGGER = logging.getLogger(__name__)
API_CONNECTIONS: Final = 5
WORKER_CONNECTIONS: Final = POOL_CONNECTIONS - API_CONNECTIONS
REQUESTS_END_SECONDS: Final = 5
RETRY_SECONDS: Final = 0.5


class Core(Commands, Protocol):
    """The durable core as the engine sees it."""

    async def run(self) -> None:
        """Claim and execute until :meth:`stop`."""
        ...

    def stop(self) -> None:
        """Claim nothing more; :meth:`run` ends once nothing is running here."""
        ...

    def health(self) -> str:
        """``ok``, or why the core cannot work."""
        ...

    def replica(self) -> UUID | None:
        """The id under which it claims now."""
        ...


@dataclass(frozen=True)
class Foundation:
    """What a core is made of."""

    settings: EngineSettings
    catalogue: Catalogue
    metrics: EngineMetrics
    api_pool: "Pool"
    worker_pool: "Pool"
    committed: Callable[[], None]
    """To be called after each commit that may have written events: streams look at once."""


MakeCore = Callable[[Foundation], AbstractAsyncContextManager[Core]]


@dataclass(frozen=True)
class Addresses:
    """Ports that the engine listens on."""

    http_port: int
    websocket_port: int


async def serve(
    settings: EngineSettings,
    make_core: MakeCore,
    stop: asyncio.Event,
    listening: Callable[[Addresses], None] = lambda _: None,
) -> None:
    """Run until ``stop`` is set, then drain. Raises ``BadEnvironmentError`` and whatever ends the core.

    The server answers from the start, so that probes see why it is not ready while the database is away.
    """
    catalogue = Catalogue(settings.roles_dir, settings.workflows_dir)
    metrics = EngineMetrics()
    http_listener = listen(settings.bind_host, settings.http_port, names.HTTP_PORT)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(http_listener.close)
        ws_listener = listen(settings.bind_host, settings.websocket_port, names.WEBSOCKET_PORT)
        stack.callback(ws_listener.close)
        addresses = Addresses(http_listener.getsockname()[1], ws_listener.getsockname()[1])
        api_pool = await stack.enter_async_context(_pool(settings.database_api_url, API_CONNECTIONS, DatabaseLogin.API))
        worker_pool = await stack.enter_async_context(
            _pool(settings.database_worker_url, WORKER_CONNECTIONS, DatabaseLogin.WORKER)
        )
        feed = EventFeed(worker_pool)
        foundation = Foundation(settings, catalogue, metrics, api_pool, worker_pool, feed.poke)
        core = await stack.enter_async_context(make_core(foundation))
        probing = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        limiter = await stack.enter_async_context(_limiter(settings, metrics))
        begun = asyncio.Event()
        draining = asyncio.Event()

        def core_health() -> str:
            return core.health() if begun.is_set() else "waiting for the database and its schema"

        readiness = Readiness(api_pool, core_health, draining)
        probes = AgentProbes(EndpointsFile(settings.agent_endpoints_file), probing)
        context = ApiContext(api_pool, catalogue, probes, metrics, core, readiness.checks, settings.monitoring)
        streams = EventStreams(Sources(api_pool, feed, draining), metrics, settings.allowed_origins)
        web = server(
            {
                addresses.http_port: http.application(context, limiter),
                addresses.websocket_port: Edge(Gate(streams, api_pool, limiter), metrics.observe_request),
            },
            REQUESTS_END_SECONDS,
        )
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(web.serve([http_listener, ws_listener]), name="server")
            counting = tasks.create_task(Census(worker_pool, metrics, core.replica).run(), name="census")
            looking = tasks.create_task(feed.run(), name="feed")
            working = tasks.create_task(_work(core, settings, api_pool, readiness, begun), name="core")
            listening(addresses)
            LOGGER.info("listening", extra={"http": addresses.http_port, "websocket": addresses.websocket_port})
            await _first(stop, serving)
            LOGGER.info("draining: no step is claimed, streams move to another engine")
            draining.set()
            core.stop()
            leaving = tasks.create_task(streams.all_left(), name="streams leave")
            if begun.is_set():
                await asyncio.wait((working,), timeout=settings.drain_seconds)
            await asyncio.wait((leaving,), timeout=REQUESTS_END_SECONDS)
            web.should_exit = True
            await serving
            for task in (looking, counting, working, leaving):
                task.cancel()
        LOGGER.info("ended in order")


async def _work(core: Core, settings: EngineSettings, pool: "Pool", readiness: Readiness, begun: asyncio.Event) -> None:
    """Wait for the database, make the first API key, then run the core."""
    while True:
        checks = await readiness.checks()
        if checks["database"] == checks["migrations"] == OK:
            try:
                tokens = settings.bootstrap_tokens()
                await bootstrap.register(pool, tokens)
                break
            except (*LOST, asyncpg.PostgresError) as error:
                LOGGER.warning("cannot make the first API key: %s", type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)
    begun.set()
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(bootstrap.follow(pool, settings.bootstrap_tokens, tokens), name="bootstrap")
        await core.run()
        following.cancel()


async def _first(stop: asyncio.Event, serving: "asyncio.Task[None]") -> None:
    """Return once ``stop`` is set, or the server has ended by itself."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((stopping, serving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()


@asynccontextmanager
async def _pool(url: Callable[[], str], connections: int, role: DatabaseLogin) -> AsyncGenerator["Pool"]:
    # low 0: connects when first used
    pool = await create_pool(url, low=0, high=connections, name=f"engine {role}", role=role)
    try:
        yield pool
    finally:
        pool.terminate()


@asynccontextmanager
async def _limiter(settings: EngineSettings, metrics: EngineMetrics) -> AsyncGenerator[Limiter]:
    if not settings.rate_limiting:
        yield Unlimited()
        return
    cache = connect(settings.redis_url)
    try:
        yield SharedLimiter(cache, settings.api_key_rate, settings.api_key_burst, metrics)
    finally:
        await cache.aclose()
