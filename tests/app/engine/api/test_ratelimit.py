"""Each key has its own allowance, shared by all replicas; without the cache nothing is refused."""

import asyncio
import logging
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.engine.api import ratelimit
from app.engine.api.problem import ApiError
from app.engine.api.ratelimit import SharedLimiter
from app.engine.metrics import EngineMetrics
from tests.app.engine.api.harness import running, settings_for
from tests.servers.session import free_port

pytestmark = pytest.mark.anyio


async def admitted(limiter, key, times):
    """How many of ``times`` requests pass."""
    passed = 0
    for _ in range(times):
        try:
            await limiter.admit(key)
            passed += 1
        except ApiError as error:
            assert (error.status, error.code) == (429, "rate_limited")
            assert int(error.headers["Retry-After"]) >= 1
    return passed


async def test_the_allowance_is_shared_by_replicas_and_not_by_keys(cache_url):
    one, two = Redis.from_url(cache_url), Redis.from_url(cache_url)
    first, second = (SharedLimiter(cache, 0.1, 5, EngineMetrics()) for cache in (one, two))
    key = uuid4()
    assert await admitted(first, key, 3) == 3
    assert await admitted(second, key, 4) == 2
    assert await admitted(first, key, 2) == 0
    assert await admitted(first, uuid4(), 6) == 5
    await one.aclose()
    await two.aclose()


async def test_the_allowance_comes_back(cache_url):
    async with Redis.from_url(cache_url) as cache:
        limiter, key = SharedLimiter(cache, 50, 1, EngineMetrics()), uuid4()
        assert await admitted(limiter, key, 1) == 1
        async with asyncio.timeout(10):
            while not await admitted(limiter, key, 1):  # noqa: ASYNC110 - the cache's clock
                await asyncio.sleep(0.01)


async def test_without_the_cache_everything_passes_and_it_is_said_once(caplog, monkeypatch):
    metrics = EngineMetrics()
    url = f"redis://127.0.0.1:{free_port()}/0"
    with caplog.at_level(logging.WARNING):
        async with Redis.from_url(url, socket_timeout=0.2, retry=None) as cache:
            limiter = SharedLimiter(cache, 0.1, 1, metrics)
            assert await admitted(limiter, uuid4(), 5) == 5
            monkeypatch.setattr(ratelimit.time, "monotonic", lambda: limiter._out_until + 1)
            assert await admitted(limiter, uuid4(), 5) == 5
    assert metrics.registry.get_sample_value("rate_limiter_unavailable_requests_total") == 10
    assert [record.message for record in caplog.records] == [
        "rate limiting is off while the cache does not answer: ConnectionError"
    ]


async def test_a_refused_request_is_a_problem_with_the_time_to_wait(database, cache_url):
    limited = settings_for(database, rate_limiting=True, redis_url=lambda: cache_url, api_key_rate=0.1, api_key_burst=2)
    async with running(limited) as engine, engine.http() as http:
        answers = [await http.get("/api/v1/roles") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["code"] == "rate_limited"
        assert 1 <= int(answers[2].headers["retry-after"]) <= 10
        assert (await http.get("/ready")).status_code == 200
