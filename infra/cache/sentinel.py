"""What Sentinels are told beside the master's address, which :mod:`infra.cache.scripts` finds at their start."""

from typing import Final

from infra.cache.members import GROUP
from infra.cache.valkey import accepting, quoted

DOWN_AFTER_MILLISECONDS: Final = 3000
"""A server that has not answered for this long is lost. Shorter, and a busy node would look like one."""
FAILOVER_TIMEOUT_MILLISECONDS: Final = 10_000
"""Another attempt is made after twice this."""


def settings(password: str, *others: str) -> str:
    """Settings that follow ``sentinel monitor``; servers and Sentinels accept the same passwords and show the first."""
    return "".join(
        f"{line}\n"
        for line in (
            accepting(password, *others),
            f"sentinel sentinel-pass {quoted(password)}",
            f"sentinel auth-pass {GROUP} {quoted(password)}",
            f"sentinel down-after-milliseconds {GROUP} {DOWN_AFTER_MILLISECONDS}",
            f"sentinel failover-timeout {GROUP} {FAILOVER_TIMEOUT_MILLISECONDS}",
            f"sentinel parallel-syncs {GROUP} 1",
        )
    )
