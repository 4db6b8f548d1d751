"""The engine's rate limiter over a cache whose master is lost: it pauses, comes back by itself, and delays nobody."""

import time
from urllib.parse import quote
from uuid import uuid4

import anyio
import pytest

from app.engine.api.problem import ApiError
from app.engine.api.ratelimit import CACHE_SECONDS, RETRY_SECONDS, SharedLimiter, connect
from app.engine.metrics import EngineMetrics
from tests.cache.cluster import PASSWORD, Cluster, Pod

pytestmark = [pytest.mark.servers, pytest.mark.anyio]
CONNECTIONS = 12
BURST = 5
RECOVERY_SECONDS = 20.0


class Engine:
    """What the engine does with the cache."""

    def __init__(self, url: str) -> None:
        self.cache = connect(url)
        self.metrics = EngineMetrics()
        self.limiter = SharedLimiter(self.cache, 0.001, BURST, self.metrics)
        self.slowest = 0.0

    @property
    def unlimited(self) -> float:
        """Requests let through because the cache did not answer."""
        return self.metrics.rate_limiter_unavailable._value.get()

    async def admitted(self, key=None) -> bool:
        """Whether a request of ``key`` passes."""
        begun = time.monotonic()
        try:
            await self.limiter.admit(key or uuid4())
        except ApiError:
            return False
        finally:
            self.slowest = max(self.slowest, time.monotonic() - begun)
        return True

    async def many(self) -> None:
        """So many at once that as many connections are open."""
        async with anyio.create_task_group() as group:
            for _ in range(CONNECTIONS):
                group.start_soon(self.admitted)


async def test_the_limit_holds_again_soon_after_a_lost_master(cluster: Cluster, master: Pod) -> None:
    engine = Engine(f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{cluster.port}/0")
    try:
        await engine.many()
        assert engine.unlimited == 0
        key = uuid4()
        assert [await engine.admitted(key) for _ in range(BURST + 1)] == [True] * BURST + [False]
        master.kill()
        with anyio.fail_after(RECOVERY_SECONDS):
            while not await anyio.to_thread.run_sync(cluster.writes):
                assert await engine.admitted(key), "a request waits or is refused because there is no cache"
        assert engine.unlimited > 0
        await anyio.sleep(RETRY_SECONDS)
        before = engine.unlimited
        await engine.many()
        await engine.many()
        assert engine.unlimited == before, "connections of before are still in use"
        assert [await engine.admitted(uuid) for uuid in [uuid4()] * (BURST + 1)] == [True] * BURST + [False]
        assert engine.slowest < 4 * CACHE_SECONDS
    finally:
        await engine.cache.aclose()
