"""Arguments and credentials of a Valkey server: a cache, so nothing is ever written to disk to keep it."""

import re
from typing import Final

MAX_MEMORY: Final = "1536mb"
"""Three quarters of the memory limit: the rest is for connections, replication and fragmentation."""
REPLICATION_ARGUMENTS: Final = (
    # A replica that starts anew empties itself before it loads, or the two data sets together break the memory limit.
    *("--replica-lazy-flush", "no"),
    # What waits for a replica is not part of maxmemory: a slow one is cut off and copies everything again.
    *("--client-output-buffer-limit", "replica", "64mb", "32mb", "60"),
    *("--repl-diskless-sync", "yes"),
    # A replica is there for the next failover, so it need not wait for others to be copied to together.
    *("--repl-diskless-sync-delay", "0"),
    *("--repl-timeout", "20"),
)
_PLAIN: Final = re.compile(r"[A-Za-z0-9]")


def arguments(directory: str, max_memory: str = MAX_MEMORY) -> tuple[str, ...]:
    """Seed, "Cache Optimization". ``directory`` takes what a replica is sent while it loads it."""
    return (
        *("--maxmemory", max_memory),
        *("--maxmemory-policy", "allkeys-lru"),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--tcp-keepalive", "60"),
        *("--timeout", "300"),
        *("--dir", directory),
    )


def credentials(password: str, *others: str) -> str:
    """Settings with what a replica gives its master, and what clients give: that password or one of ``others``."""
    return f"{accepting(password, *others)}\nmasterauth {quoted(password)}\n"


def accepting(*passwords: str) -> str:
    """The setting by which the only user there is may do everything with any of ``passwords``."""
    words = (quoted(password).replace('"', '">', 1) for password in passwords)
    return f"user default on {' '.join(words)} ~* &* +@all"


def quoted(text: str) -> str:
    """``text`` as one word of a settings file, whatever bytes it has."""
    return '"' + "".join(c if _PLAIN.match(c) else _escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
