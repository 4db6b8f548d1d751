"""How many requests one API key may make: a shared allowance in the cache (GCRA, so no window edges).

Losing the cache loses nothing but the limit: requests are let through, counted in a metric, and the outage is logged
once. While it lasts the cache is asked again only every :data:`RETRY_SECONDS`, so that no request waits for it.
"""

import logging
import time
from collections.abc import Callable
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import UUID

from redis.asyncio import Redis
from redis.credentials import CredentialProvider
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from app.engine.api.problem import ApiError
from app.engine.metrics import EngineMetrics
from contract.api import ErrorCode

LOGGER = logging.getLogger(__name__)
CACHE_SECONDS: Final = 0.25
RETRY_SECONDS: Final = 1.0

# KEYS[1] holds the time at which the allowance is whole again; ARGV: rate per second, burst.
_TAKE: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local interval = 1 / ARGV[1]
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + interval
local wait = whole - now - interval * ARGV[2]
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', whole), 'PX', math.ceil((whole - now) * 1000) + 1)
return '0'
"""


def connect(url: str | Callable[[], str]) -> "Redis":
    """A client that gives up after :data:`CACHE_SECONDS`; it connects when first used.

    ``url`` may be what gives the newest one: each connection asks for its password anew.
    """
    newest = url if callable(url) else lambda: url
    parts = urlsplit(newest())
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
        credential_provider=Newest(newest) if parts.password else None,
        socket_timeout=CACHE_SECONDS,
        socket_connect_timeout=CACHE_SECONDS,
        max_connections=16,
        retry=None,
        # With these on, a pooled connection that the other side closed, as in a failover, is used once more, and fails.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


class Newest(CredentialProvider):
    """User and password of the newest URL."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """What a new connection authenticates with."""
        parts = urlsplit(self._url())
        password = unquote(parts.password or "")
        return (unquote(parts.username), password) if parts.username else (password,)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """The same: the URL is at hand."""
        return self.get_credentials()


class Limiter(Protocol):
    """Lets one request of a key pass or raises :class:`ApiError` with code ``rate_limited``."""

    async def admit(self, key: UUID) -> None: ...


class Unlimited:
    """RATE_LIMITING_ENABLED=false."""

    async def admit(self, key: UUID) -> None:
        """Let everything pass."""


class SharedLimiter:
    """The allowance of each key over all replicas."""

    def __init__(self, cache: "Redis", rate: float, burst: int, metrics: EngineMetrics) -> None:
        """``rate`` in requests per second; ``cache`` comes from :func:`connect`."""
        self._cache = cache
        self._rate = rate
        self._burst = burst
        self._metrics = metrics
        self._take = cache.register_script(_TAKE)
        self._out_until: float | None = None

    async def admit(self, key: UUID) -> None:
        """Take one request from the key's allowance."""
        if self._out_until is not None and time.monotonic() < self._out_until:
            self._metrics.rate_limiter_unavailable.inc()
            return
        try:
            wait = float(await self._take(keys=[f"rate:{key}"], args=[self._rate, self._burst]))
        except (RedisError, OSError, TimeoutError) as error:
            if self._out_until is None:
                LOGGER.warning("rate limiting is off while the cache does not answer: %s", type(error).__name__)
            self._out_until = time.monotonic() + RETRY_SECONDS
            self._metrics.rate_limiter_unavailable.inc()
            return
        if self._out_until is not None:
            self._out_until = None
            LOGGER.info("rate limiting is on again: the cache answers")
        if wait > 0:
            self._metrics.rate_limited.inc()
            raise ApiError(
                ErrorCode.RATE_LIMITED,
                f"This key may make {self._rate:g} requests per second, {self._burst} at once.",
                headers={"Retry-After": str(max(1, round(wait + 0.5)))},
            )
