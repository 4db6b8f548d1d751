"""Waiting until a platform answers for itself: its engine is ready and calls every agent ready.

``pulumi up`` has waited for pods it made or changed; this also covers pods that come back with their node, of which the
API server still tells what was true before.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from client.errors import ClientError
from client.platform import PlatformClient
from ops.local.failure import LocalError

SECONDS: Final = 180.0
PAUSE: Final = 0.5


def wait_awake(http_url: str, token: str, say: Callable[[str], None], deadline: float = SECONDS) -> None:
    """Return once everything is ready. Raises :class:`LocalError` with what is not after ``deadline`` seconds."""
    asyncio.run(_wait(http_url, token, say, deadline))


async def _wait(http_url: str, token: str, say: Callable[[str], None], deadline: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    async with PlatformClient(http_url, token, attempts=1) as client:
        while (missing := await _missing(client)) is not None:
            if loop.time() > end:
                raise LocalError(f"The platform is not ready after {deadline:.0f} s: {missing}; see `make status`.")
            say(f"waiting: {missing}")
            await asyncio.sleep(PAUSE)


async def _missing(client: PlatformClient) -> str | None:
    try:
        readiness = await client.readiness()
        if not readiness.ready:
            return "; ".join(f"engine, {name}: {said}" for name, said in readiness.checks.items() if said != "ok")
        roles = await client.roles()
    except ClientError as error:
        return str(error)
    late = [role.id for role in roles.items if role.agent is None or not role.agent.ready]
    return f"agents {', '.join(late)}" if late else None
