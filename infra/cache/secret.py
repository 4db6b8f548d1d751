"""Files of the cache's Secret: the password in every form that a process of the cache reads."""

import json
from typing import Final

from contract.names import Port
from infra.cache import haproxy, sentinel, valkey
from infra.cache.members import members

PASSWORD: Final = "password"  # noqa: S105 - the name of a file
SERVER: Final = "auth.conf"
SENTINEL: Final = "sentinel.conf"
PROXY: Final = "haproxy.cfg"
EXPORTER: Final = "exporter.json"
EXPORTED_SERVER: Final = f"redis://localhost:{Port.CACHE}"
"""What the exporter calls the server beside it."""


def names(replicas: int) -> tuple[str, ...]:
    """File names."""
    return tuple(files("", replicas))


def files(password: str, replicas: int, *others: str) -> dict[str, str]:
    """File name -> content; Sentinel and proxy have theirs where there are several servers.

    Everything shows ``password``; servers and Sentinels accept ``others`` too.
    """
    alone = {
        PASSWORD: password,
        SERVER: valkey.credentials(password, *others),
        EXPORTER: json.dumps({EXPORTED_SERVER: password}),
    }
    if replicas == 1:
        return alone
    return alone | {
        SENTINEL: sentinel.settings(password, *others),
        PROXY: haproxy.configuration(members(replicas), password),
    }
